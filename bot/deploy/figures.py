"""The four keys for people: figures that fit on a phone, and never without how many they are made of. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from bot.blocks import Block, Message, clip, context, escape, message, preformatted, section, when
from bot.deploy.stats import FEW, WEEK, Keys, Run, Share, Spread, grouped, keys
from bot.deploy.words import spoken

WEEKS = 8  # of which the counts are shown
NAME = 12  # characters; a phone shows about 37 in a line
MOST = 15  # services in a table

DASH = "–"


def stats(service: str, runs: Sequence[Run], since: datetime, now: datetime, left_out: int = 0) -> Message:
    """The four keys of a service (empty: of all) between two instants, environment by environment, and of each service
    there where there are several. `left_out` deploys were too many to be read. Takes a moment for thousands of runs."""
    heading = f"*{escape(service) or 'All services'}* since {when(since, '{date_short}')}"
    blocks: list[Block] = [section(heading)]
    for environment, there in grouped(runs, lambda place: place.environment).items():
        found = keys(there, since, now)
        if not (found.deploys or found.failed.whole or found.restored.number):
            continue
        blocks.append(section("\n".join([f"*{escape(environment)}*", *_lines(found)])))
        own = grouped(there, lambda place: place.service)
        services = {name: keys(its, since, now) for name, its in own.items()}
        if len(services) > 1:
            blocks.append(section(_table(services)))
    if len(blocks) == 1:
        return message(section(f"{heading}: nothing has been deployed."))
    older = f" The {left_out:,} oldest deploys were left out." if left_out else ""
    return message(
        *blocks,
        context(
            "Failed: rolled back, in need of a person, or rolled back by hand within a week; of those that changed "
            f"something. Rollbacks are no deploys. Of fewer than {FEW} nothing is said.{older}"
        ),
    )


def _lines(found: Keys) -> list[str]:
    lines = [f"Deploys: {_often(found)}", f"From request to serving: {_spread(found.serving)}"]
    if found.lead.number:
        lines.append(f"Lead time, from the first commit: {_spread(found.lead)}")
    lines.append(f"Change failure rate: {_rate(found.failed)}")
    lines.append(f"Time to restore: {_spread(found.restored)}")
    return [f"• {line}" for line in lines]


def _often(found: Keys) -> str:
    """How many, how often, and in which weeks; less than a week is not made larger."""
    if found.deploys < FEW or found.length < WEEK:
        return f"*{found.deploys}*" + ("" if found.length >= WEEK else " in less than a week")
    weeks = found.weekly[-WEEKS:]
    by_week = f"; by week {' · '.join(map(str, weeks))}" if len(weeks) > 1 else ""
    return f"*{_a_week(found)} a week* ({found.deploys}{by_week})"


def _spread(found: Spread) -> str:
    if found.number < FEW:
        return f"too few to say ({found.number})" if found.number else "nothing to measure"
    return f"*{spoken(found.half)}*, nine of ten within {spoken(found.most)} ({found.number})"


def _rate(found: Share) -> str:
    if found.whole < FEW:
        return f"too few to say ({found.part} of {found.whole})"
    return f"*{_percent(found)}* ({found.part} of {found.whole})"


def _table(services: Mapping[str, Keys]) -> str:
    """A row per service: how often, how often it goes wrong, how long it takes."""
    rows = [("", "a week", "failed", "serving"), *(_row(name, found) for name, found in list(services.items())[:MOST])]
    widths = [max(len(row[at]) for row in rows) for at in range(4)]
    lines = [f"{row[0]:<{widths[0]}}" + "".join(f"  {row[at]:>{widths[at]}}" for at in range(1, 4)) for row in rows]
    return preformatted([*lines, *_more(len(services) - MOST)])


def _row(name: str, found: Keys) -> tuple[str, str, str, str]:
    often = _a_week(found) if found.deploys >= FEW and found.length >= WEEK else DASH
    wrong = _percent(found.failed) if found.failed.whole >= FEW else DASH
    half = " ".join(spoken(found.serving.half).split()[:2])  # "11 min 30 s" is too long for a phone
    return clip(name, NAME), often, wrong, half if found.serving.number >= FEW else DASH


def _more(count: int) -> Sequence[str]:
    return [f"and {count} more"] if count > 0 else []


def _a_week(found: Keys) -> str:
    return f"{found.deploys / (found.length / WEEK):.1f}"


def _percent(share: Share) -> str:
    return f"{100 * share.part / share.whole:.0f} %"

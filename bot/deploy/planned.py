"""The plan, in the thread before anybody is asked: what changes, what was looked at, what the way back is. Pure."""

from collections.abc import Iterable, Sequence

from bot.blocks import Block, Message, clip, code, context, escape, link, message, section
from bot.deploy.course import course
from bot.deploy.model import Deploy
from bot.deploy.proposal import Proposal
from bot.deploy.words import old, spoken, version, what
from bot.policy import Migration
from bot.values import Check, Commit, Comparison

COMMITS, LINES = 10, 15


def plan_message(deploy: Deploy) -> Message:
    """Everything that a yes is given to, in one message."""
    plan = deploy.proposed
    if plan is None:
        return message(section(f"*No plan* for {what(deploy)}."), *_preflight(deploy.preflight))
    notes = [f"The version is pinned to {code(plan.digest)}"] if plan.digest else []
    notes += [f"Approvals count for this plan alone: {code(deploy.plan)}"] if deploy.plan and deploy.approvals else []
    return message(
        section(f"*The plan:* {what(deploy)}"),
        section(f"*How:* {course(plan.strategy, plan.watch)}"),
        section(_commits(deploy, plan)),
        *([section(_difference(plan.difference))] if plan.difference else []),
        *_preflight(deploy.preflight),
        *([section(_migration(deploy, plan.migration))] if plan.migration else []),
        section(_way_back(deploy, plan)),
        *([context(*notes)] if notes else []),
    )


def preview(deploy: Deploy, asks: str) -> Message:
    """The same of a deploy that nobody has asked for. `asks` is the command that would."""
    count = deploy.proposed.quorum.count if deploy.proposed else 0
    approvals = f" {count} {'other' if count == 1 else 'others'} would have to approve it." if count else ""
    said = f"Only looked at: nothing was changed, asked for or recorded.{approvals} To ask for it: {code(asks)}"
    return message(*plan_message(deploy).blocks, context(said))


def _commits(deploy: Deploy, plan: Proposal) -> str:
    """Who changed what between the two versions."""
    found = plan.comparison
    if found is None:
        reason = escape(clip(plan.unknown.rstrip(". "), 300)) or "nothing says where the commits of the service are"
        return f"*Commits:* nobody can say: {reason}."
    lines = [_counted(deploy, found)]
    lines += [_commit(commit) for commit in found.commits[:COMMITS]]
    more = found.total - len(found.commits[:COMMITS])
    return "\n".join([*lines, *([f"and {more} more"] if found.commits and more > 0 else [])])


def _counted(deploy: Deploy, found: Comparison) -> str:
    many = "1 commit" if found.total == 1 else f"{found.total} commits"
    seen = f" ({link(found.url, 'compare')})" if found.url else ""
    if not found.behind:
        return f"*Changes:* {many} since {old(deploy)}{seen}"
    lost = "1 commit" if found.behind == 1 else f"{found.behind} commits"
    return f"*Changes:* {many}{seen}, and *it goes back:* {lost} of {old(deploy)} are not in {version(deploy.version)}"


def _commit(commit: Commit) -> str:
    return f"{code(commit.sha[:7])} {escape(clip(commit.title, 80))} — {escape(clip(commit.author, 40))}"


def _difference(lines: Sequence[str]) -> str:
    """In code style line by line: a code block does not break its lines, and a phone shows the half of them."""
    more = [f"and {len(lines) - LINES} more"] if len(lines) > LINES else []
    return "\n".join(["*What is altered:*", *(code(clip(line, 160)) for line in lines[:LINES]), *more])


def _preflight(checks: Sequence[Check]) -> list[Block]:
    """What failed, large; what passed, small."""
    failed, passed = ([check for check in checks if check.passed == wanted] for wanted in (False, True))
    large = [section("*Preflight failed*\n" + _lines(failed))] if failed else []
    return large + ([context("*Preflight passed*\n" + _lines(passed))] if passed else [])


def _migration(deploy: Deploy, asked: Migration) -> str:
    safe = (
        f"{old(deploy)} works on the migrated database, so going back is safe"
        if asked.reversible
        else f"{old(deploy)} may not work on the migrated database, so *it does not go back by itself*"
    )
    down = f"undone by {_command(asked.down)}, when a person asks for it" if asked.down else "*it can't be undone*"
    return f"*Migration:* {_command(asked.up)} runs once, before the new version gets traffic. {safe}; {down}."


def _command(words: Iterable[str]) -> str:
    return code(clip(" ".join(words), 200))


def _way_back(deploy: Deploy, plan: Proposal) -> str:
    """What a rollback would do, and how long one takes."""
    if deploy.ran is None:
        return "*The way back:* there is none; nothing ran there before."
    time = f"about {spoken(plan.rollback)}" if plan.rollback is not None else "nobody has measured one yet"
    lines = [f"*The way back:* {old(deploy)} as it runs now; {time}."]
    if plan.rehearsal:
        ready = all(check.passed for check in plan.rehearsal)
        lines += [f"Rehearsed just now: {'it can be done' if ready else '*it could not be done*'}"]
        lines += [_lines(plan.rehearsal)]
    return "\n".join(lines)


def _lines(checks: Iterable[Check]) -> str:
    return "\n".join(_line(check) for check in checks)


def _line(check: Check) -> str:
    mark = "✓" if check.passed else "✗ *failed,*"
    return f"{mark} {escape(clip(check.name, 40))}: {escape(clip(check.text, 300))}"

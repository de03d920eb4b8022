"""What a verdict says to people, sentence by sentence. Made for mrkdwn: foreign text is escaped, instants are dates."""

from bot.blocks import clip, escape, when
from bot.metrics.model import Finding, Method, Outcome, Unit, Verdict

ORDER = (Outcome.FAIL, Outcome.ERROR, Outcome.INCONCLUSIVE, Outcome.PASS)
LARGEST = 1e6  # times; more is not worth a number


def explain(verdict: Verdict) -> list[str]:
    """A sentence for each finding, those that decided first, warnings and what was bad already last."""
    findings = sorted(verdict.findings, key=lambda one: (one.warning or one.already, ORDER.index(one.outcome)))
    return [sentence(finding) for finding in findings]


def short(verdict: Verdict) -> str:
    """The verdict in one line, for a card."""
    deciding = [one for one in verdict.findings if one.outcome == verdict.outcome and not one.warning]
    match verdict.outcome:
        case Outcome.PASS:
            compared = [name(one) for one in deciding if one.kind == "compare"]
            return f"passed: {', '.join(compared)} no worse" if compared else "passed: all within their limits"
        case Outcome.FAIL:
            return f"failed: {sentence(deciding[0])}" if deciding else "failed"
        case Outcome.ERROR:
            return f"could not be measured: {_errors(verdict)}"
        case _:
            return f"inconclusive: {_needs(verdict, deciding)}"


def sentence(finding: Finding) -> str:
    """One finding: which signal, by how much, how sure, since when, and what is missing."""
    if finding.error:
        return f"{name(finding)}: {escape(clip(finding.error, 300))}"
    return {"limit": _limit, "compare": _compare, "requests": _requests}[finding.kind](finding)


def name(finding: Finding) -> str:
    """The signal as people say it: "error rate"."""
    return escape(finding.signal.replace("_", " "))


def amount(value: float | None, unit: Unit) -> str:
    """A value in its unit: "4.8 %", "340 ms", "1.2 s", "12 /s"."""
    if value is None:
        return "nothing"
    match unit:
        case Unit.RATIO:
            return f"{_digits(100 * value)} %"
        case Unit.SECONDS:
            return f"{_digits(1000 * value)} ms" if abs(value) < 1 else f"{_digits(value)} s"
        case Unit.PER_SECOND:
            return f"{_digits(value)} /s"
        case _:
            return _digits(value)


def about(seconds: float) -> str:
    """A length of time as one says it: "about 3 min"."""
    for length, unit in ((86_400, "days"), (3_600, "h"), (60, "min")):
        if seconds >= 1.5 * length:
            return f"about {round(seconds / length)} {unit}"
    return f"about {max(1, round(seconds))} s"


def _digits(value: float) -> str:
    """Two digits of a small number, all of the whole part of a large one; a real minus."""
    rounded = float(f"{value:.2g}") if abs(value) < 100 else round(value)
    text = f"{rounded:,.0f}" if abs(rounded) >= 100 else f"{rounded:.10f}".rstrip("0").rstrip(".")
    return text.replace("-", "−") if rounded else "0"


def _compare(finding: Finding) -> str:
    match finding.outcome:
        case Outcome.FAIL:
            return f"{name(finding)}: {_beside(finding)}{_sure(finding)}"
        case Outcome.PASS:
            return f"{name(finding)}: no worse ({_between(finding)})"
        case _:
            if finding.least is None:
                return f"{name(finding)}: {_more(finding)}"
            return f"{name(finding)}: not clear yet ({_between(finding)}), {_more(finding)}{_power(finding)}"


def _beside(finding: Finding) -> str:
    if finding.method == Method.OFTEN:
        new, old = amount(finding.new, Unit.RATIO), amount(finding.old, Unit.RATIO)
        return f"above its floor in {new} of the samples against {old}"
    ratio = f" ({_change(finding.change)})" if finding.change is not None else ""
    return f"{amount(finding.new, finding.unit)} against {amount(finding.old, finding.unit)}{ratio}"


def _sure(finding: Finding) -> str:
    """How much worse it is at least, in words that can't be misread."""
    if finding.least is None or finding.most is None or finding.confidence is None:
        return ""
    higher = finding.least > 0
    share, end = (finding.low, finding.least) if higher else (finding.high, finding.most)
    if share is None:
        least = f"{_points(abs(end), finding)} {'higher' if higher else 'lower'}"
    elif share >= 1:
        least = f"{_digits(min(1 + share, LARGEST))} × as high"
    else:
        least = f"{_digits(100 * abs(share))} % {'higher' if higher else 'lower'}"
    return f", {_digits(100 * finding.confidence)} % sure that it is at least {least}"


def _between(finding: Finding) -> str:
    """The interval: in per cent of the old one, for shares of requests or samples in points."""
    if finding.least == finding.most == 0:
        return "exactly the same"
    if finding.method == Method.SHIFT and finding.low is not None and finding.high is not None:
        return f"between {_signed(100 * finding.low)} % and {_signed(100 * finding.high)} %"
    least, most = finding.least or 0.0, finding.most or 0.0
    if finding.method == Method.SHIFT:
        return f"between {amount(least, finding.unit)} and {amount(most, finding.unit)} more"
    return f"between {_signed(100 * least)} and {_signed(100 * most)} points"


def _points(value: float, finding: Finding) -> str:
    return amount(value, finding.unit) if finding.method == Method.SHIFT else f"{_digits(100 * value)} points"


def _change(share: float) -> str:
    return f"{_digits(min(1 + share, LARGEST))} ×" if share >= 1 else f"{_signed(100 * share)} %"


def _signed(value: float) -> str:
    return f"+{_digits(value)}" if value > 0 else _digits(value)


def _power(finding: Finding) -> str:
    if finding.power is None or finding.sought is None or not finding.old or finding.method != Method.SHIFT:
        return ""
    sought, probability = _change(finding.sought / abs(finding.old)), _digits(100 * finding.power)
    return f"; {sought} would have been found with {probability} % probability"


def _limit(finding: Finding) -> str:
    warning = "warning, " if finding.warning and finding.outcome == Outcome.FAIL else ""
    since = f", since {when(finding.since, '{time_secs}')}" if finding.since else ""
    if finding.already:
        verdict = "and now it is worse still" if finding.outcome == Outcome.FAIL else "it is no worse now"
        return f"{warning}{name(finding)}: {_crossing(finding)}, but so it was before; {verdict}"
    if finding.outcome == Outcome.FAIL:
        return f"{warning}{name(finding)}: {_crossing(finding)}{since}"
    if finding.lasting is not None:
        return f"{name(finding)}: {_crossing(finding)} so far{since}"
    if finding.outcome == Outcome.PASS:
        return f"{name(finding)}: {amount(finding.new, finding.unit)}, within its limit of {_allowed(finding)}"
    return f"{name(finding)}: {_more(finding)}"


def _crossing(finding: Finding) -> str:
    lasted = about(finding.lasting or 0).removeprefix("about ")
    return f"{amount(finding.new, finding.unit)}, beyond its limit of {_allowed(finding)} for {lasted}"


def _allowed(finding: Finding) -> str:
    if finding.times is None:
        return amount(finding.limit, finding.unit)
    return f"{_digits(finding.times)} × the old version's ({amount(finding.limit, finding.unit)})"


def _requests(finding: Finding) -> str:
    if finding.outcome == Outcome.PASS:
        return f"{round(finding.new or 0):,} requests, enough"
    return _more(finding)


def _more(finding: Finding) -> str:
    """What is still missing, in requests where those are what it is made of."""
    number, of = (
        (finding.missing_requests, "request") if finding.missing_requests else (finding.missing_samples, "sample")
    )
    return f"{number:,} more {of}{'' if number == 1 else 's'}" if number else "more samples"


def _needs(verdict: Verdict, undecided: list[Finding]) -> str:
    """What is missing for a verdict, and how long that takes."""
    if unmeasured := [one for one in undecided if one.error]:
        return sentence(unmeasured[0])
    if not undecided:
        return _errors(verdict)
    if bad := [one for one in undecided if one.kind == "limit" and one.lasting]:
        return sentence(bad[0])
    slowest = max(undecided, key=lambda one: (one.missing_requests, one.missing_samples))
    time = f", {about(verdict.seconds)}" if verdict.seconds else ""
    return f"{_more(slowest)}{time}"


def _errors(verdict: Verdict) -> str:
    errors = [sentence(one) for one in verdict.findings if one.error]
    return errors[0] if errors else "the last measurement failed"

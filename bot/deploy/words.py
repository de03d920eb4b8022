"""The words for a deploy that all its messages share. Pure."""

from bot.blocks import clip, code, escape
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.strategy import Step

STANDS = {
    State.PLANNED: "checking",
    State.QUEUED: "queued",
    State.WAITING: "waiting for approval",
    State.SCHEDULED: "scheduled",
    State.RUNNING: "rolling out",
    State.WATCHING: "runs, being watched",
    State.ROLLING_BACK: "failed, going back",
    State.SUCCEEDED: "done",
    State.REFUSED: "not started",
    State.REJECTED: "rejected",
    State.EXPIRED: "expired",
    State.CANCELLED: "cancelled",
    State.ROLLED_BACK: "failed and rolled back",
    State.FAILED: "failed",
}
WHOLE = "whole"
BESIDE = "beside, no traffic"
DIGEST = "sha256:"


def stands(deploy: Deploy) -> str:
    """Its state in plain words, with what people want to know first: how far it is, whether it waits for somebody."""
    state = State(deploy.state)
    if state == State.SUCCEEDED and deploy.good_at:
        return f"{STANDS[state]}, known good"
    if state == State.RUNNING and (more := _so_far(deploy)):
        return f"{STANDS[state]}, {more}"
    return STANDS[state]


def _so_far(deploy: Deploy) -> str:
    step = step_of(deploy)
    if migrating(deploy):
        return "migrating first"
    if not (step and deploy.after):
        return ""
    at = share(step.weight) if step.weight else "beside the old one"
    return f"paused at {at}" if deploy.paused_by else at


def migrating(deploy: Deploy) -> bool:
    """Whether its migration runs now: before anything is rolled out."""
    asked = deploy.proposed and deploy.proposed.migration
    return bool(asked) and deploy.state == State.RUNNING and not deploy.migrated and not deploy.after


def what(deploy: Deploy) -> str:
    """The deploy in one phrase (mrkdwn): "api v1.1 → v1.2 to production"."""
    before = f"{version(deploy.ran.version)} → " if deploy.ran else ""
    verb = "roll back " if deploy.kind == Kind.ROLLBACK else ""
    return f"{verb}*{escape(deploy.service)}* {before}{version(deploy.version)} in *{escape(deploy.environment)}*"


def headline(deploy: Deploy) -> str:
    """The point in plain text, for the first line of the card."""
    verb = "Rollback" if deploy.kind == Kind.ROLLBACK else "Deploy"
    verb = f"Emergency {verb.lower()}" if deploy.emergency else verb
    return f"{verb} #{deploy.id} {deploy.service} {short(deploy.version)} to {deploy.environment}: {stands(deploy)}"


def version(name: str) -> str:
    """A version (mrkdwn)."""
    return code(clip(short(name), 128))


def short(name: str) -> str:
    """A version as it is read aloud: a digest by its first twelve digits, as registries show it."""
    return name[: len(DIGEST) + 12] if name.startswith(DIGEST) else name


def old(deploy: Deploy) -> str:
    """What ran before it (mrkdwn)."""
    return version(deploy.ran.version) if deploy.ran else "what ran before"


def why(deploy: Deploy) -> str:
    """The reason as a sentence (mrkdwn); it may come from anybody."""
    return f"{escape(clip(deploy.reason.rstrip('. '), 800))}." if deploy.reason else ""


def who(name: str) -> str:
    """Who did something: the bot does things by its own name."""
    return "Quarterdeck" if name == "quarterdeck" else escape(clip(name, 80))


def steps_of(deploy: Deploy) -> tuple[Step, ...]:
    """The steps of its strategy before the whole; none until it has been planned."""
    return deploy.proposed.strategy.steps if deploy.proposed else ()


def step_of(deploy: Deploy) -> Step | None:
    """The step at which it is; None behind the last one."""
    steps = steps_of(deploy)
    return steps[deploy.step] if 0 <= deploy.step < len(steps) else None


def share(weight: float) -> str:
    """A share of the traffic: "5 %"."""
    return f"{weight:.0f} %" if weight else BESIDE


def after_step(deploy: Deploy) -> str:
    """What comes behind the present step: "50 %", or the whole."""
    steps = steps_of(deploy)
    return share(steps[deploy.step + 1].weight) if deploy.step + 1 < len(steps) else f"the {WHOLE}"


def took(deploy: Deploy) -> str:
    """How long it ran, as people say it."""
    if not (deploy.started_at and deploy.ended_at):
        return "no time"
    return spoken((deploy.ended_at - deploy.started_at).total_seconds())


def rolled_out_in(deploy: Deploy) -> str:
    """How long it took until the new version served everywhere: the watch window after that does not count."""
    if not (deploy.started_at and deploy.whole_at):
        return took(deploy)
    return spoken((deploy.whole_at - deploy.started_at).total_seconds())


def spoken(seconds: float) -> str:
    """A length of time: "42 s", "3 min 20 s", "2 h 5 min", "2 d"."""
    whole = round(seconds)
    for size, unit, rest, smaller in ((86_400, "d", 3600, "h"), (3600, "h", 60, "min"), (60, "min", 1, "s")):
        if whole >= size:
            left = whole % size // rest
            return f"{whole // size} {unit}" + (f" {left} {smaller}" if left else "")
    return f"{whole} s"

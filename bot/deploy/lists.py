"""Deploys in a row: status, queue, history; and the form behind `/deploy`."""

from collections.abc import Mapping, Sequence

from bot.approval.model import Review
from bot.blocks import (
    Block,
    Message,
    clip,
    code,
    context,
    escape,
    labelled,
    link,
    message,
    modal,
    option,
    section,
    select,
    text_input,
    when,
)
from bot.catalogue import Catalogue
from bot.deploy.model import Deploy, State
from bot.deploy.views import rolled_out_in, stands, took, what

Links = Mapping[str, str]  # subject of a deploy -> where its card can be read
NOW = (State.PLANNED, State.WAITING, State.RUNNING, State.WATCHING, State.ROLLING_BACK)


def line(deploy: Deploy, links: Links) -> str:
    """A deploy in a line (mrkdwn): its number, what it does, how it stands, who asked."""
    time = rolled_out_in(deploy) if deploy.state == State.SUCCEEDED else took(deploy)
    end = f", {when(deploy.ended_at)}, took {time}" if deploy.started_at and deploy.ended_at else ""
    alarm = "*emergency* " if deploy.emergency else ""
    by = escape(clip(deploy.requested_name, 80))
    return (
        f"{numbered(deploy, links)} {alarm}{what(deploy)} — *{stands(deploy)}*{end}, "
        f"asked for by {by} {when(deploy.requested_at)}"
    )


def numbered(deploy: Deploy, links: Links) -> str:
    """Its number, as a link to its card where there is one (mrkdwn)."""
    number = f"#{deploy.id}"
    return link(links[deploy.subject], number) if deploy.subject in links else number


def status(active: Sequence[Deploy], links: Links, reviews: Sequence[Review] = ()) -> Message:
    """What is under way, what waits for its turn or its time, and the reviews that are still owed.

    `active` is in the order of the queue."""
    now = [section(line(deploy, links)) for deploy in active if deploy.state in NOW]
    blocks = [section("*Under way*"), *now[:20]] if now else [section("No deploy is running or waiting.")]
    return message(*blocks, *_waiting(active, links), *_reviews(reviews, links))


def queue(active: Sequence[Deploy], links: Links) -> Message:
    """What waits behind something else, and for when. `active` is in the order of the queue."""
    blocks = _waiting(active, links)
    return message(*blocks) if blocks else message(section("Nothing is queued or scheduled."))


def _waiting(active: Sequence[Deploy], links: Links) -> list[Block]:
    """The queue of each place, and what starts later."""
    queued = [deploy for deploy in active if deploy.state == State.QUEUED]
    behind = {deploy.place: numbered(deploy, links) for deploy in active if deploy.state in NOW[:3] + NOW[4:]}
    lines = []
    for place in dict.fromkeys(deploy.place for deploy in queued):
        here = [deploy for deploy in queued if deploy.place == place]
        lines.append(f"*Waits for {escape(str(place))}*, behind {behind.get(place, 'another deploy')}")
        lines += [f"*{position}* · {line(deploy, links)}" for position, deploy in enumerate(here, 1)]
    later = [_later(deploy, links) for deploy in active if deploy.state == State.SCHEDULED]
    lines += ["*Scheduled*", *later] if later else []
    return [section(one) for one in lines[:20]]


def _later(deploy: Deploy, links: Links) -> str:
    at = f"starts {when(deploy.not_before)}" if deploy.not_before else "starts when its window opens"
    until = f", given up if not started by {when(deploy.not_after)}" if deploy.not_after else ""
    by = escape(clip(deploy.requested_name, 80))
    return f"{numbered(deploy, links)} {what(deploy)} — *{at}*{until}, asked for by {by}"


def _reviews(reviews: Sequence[Review], links: Links) -> list[Block]:
    """What was done without the yes of another, and has not been looked at since."""
    lines = owed(reviews, links)
    return [section("*To be reviewed*"), *(section(one) for one in lines[:10])] if lines else []


def owed(reviews: Sequence[Review], links: Links) -> list[str]:
    """Each review that nobody has signed, in a line (mrkdwn)."""
    return [_owed(review, links) for review in reviews if review.signed_at is None]


def _owed(review: Review, links: Links) -> str:
    number = f"#{review.subject.rpartition(':')[2]}"
    where = link(links[review.subject], number) if review.subject in links else number
    by, reason = escape(clip(review.name, 80)), escape(clip(review.reason, 200))
    return (
        f"{where} *{escape(review.place)}*, by {by} {when(review.at)}: “{reason}” — *review due {when(review.due_at)}*"
    )


def history(service: str, past: Sequence[Deploy], links: Links) -> Message:
    """What happened to a service, newest first."""
    if not past:
        return message(section(f"Nobody has deployed {code(service)} with Quarterdeck yet."))
    return message(
        section(f"*{escape(service)}*, newest first"), *(section(line(deploy, links)) for deploy in past[:15])
    )


def form(catalogue: Catalogue, service: str, environment: str, channel: str) -> Block:
    """`/deploy` without words: the same choices, preselected. `channel` is where it was opened, if anywhere."""
    services = [option(name) for name in sorted(catalogue.services)]
    environments = [
        option(name) for name in sorted({env for one in catalogue.services.values() for env in one.environments})
    ]
    hint = (
        f"For example {catalogue.services[service].version_example}"
        if service in catalogue.services
        else "For example v1.2"
    )
    blocks = [
        labelled("Service", select("service", services, service), "service"),
        labelled("Version", text_input("version", most=128, hint=hint), "version"),
        labelled("Environment", select("environment", environments, environment), "environment"),
        context(
            "Nothing starts before the plan is on its card and, where the environment asks for it, somebody approves."
        ),
    ]
    return modal("Deploy", "deploy:form", blocks, submit="Plan", metadata=channel)


def accepted(deploy: Deploy) -> Message:
    """The echo for somebody who does not see the card from where they asked."""
    return message(section(f"Understood: {what(deploy)}. Its card is in <#{deploy.channel}>, number #{deploy.id}."))

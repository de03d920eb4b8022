"""Deploys in a row: status, history, the Home tab; and the form behind `/deploy`."""

from collections.abc import Mapping, Sequence

from bot.blocks import (
    Block,
    Message,
    code,
    context,
    divider,
    escape,
    header,
    labelled,
    link_button,
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
from bot.deploy.views import STANDS, took, what

Links = Mapping[str, str]  # subject of a deploy -> where its card can be read


def _line(deploy: Deploy, links: Links) -> str:
    link = links.get(deploy.subject, "")
    number = f"<{link}|#{deploy.id}>" if link else f"#{deploy.id}"
    end = f", {when(deploy.ended_at)}, took {took(deploy)}" if deploy.started_at and deploy.ended_at else ""
    by = escape(deploy.requested_name)
    return (
        f"{number} {what(deploy)} — *{STANDS[State(deploy.state)]}*{end}, asked for by {by} {when(deploy.requested_at)}"
    )


def status(active: Sequence[Deploy], links: Links) -> Message:
    """What is under way."""
    if not active:
        return message(section("No deploy is running or waiting."))
    return message(section("*Under way*"), *(section(_line(deploy, links)) for deploy in active[:20]))


def history(service: str, past: Sequence[Deploy], links: Links) -> Message:
    """What happened to a service, newest first."""
    if not past:
        return message(section(f"Nobody has deployed {code(service)} with Quarterdeck yet."))
    return message(
        section(f"*{escape(service)}*, newest first"), *(section(_line(deploy, links)) for deploy in past[:15])
    )


def home(running: Sequence[Deploy], mine: Sequence[Deploy], recent: Sequence[Deploy], links: Links) -> list[Block]:
    """The Home tab: what waits for the reader, what is running, what ended."""
    blocks = [header("Waits for me")]
    blocks += [_with_link(deploy, links) for deploy in mine[:10]] or [section("Nothing waits for your approval.")]
    blocks += [divider(), header("Running")]
    blocks += [_with_link(deploy, links) for deploy in running[:10]] or [section("No deploy is under way.")]
    blocks += [divider(), header("Lately")]
    blocks += [section(_line(deploy, links)) for deploy in recent[:10]] or [section("Nothing has been deployed yet.")]
    return [*blocks, context("Type `/deploy` in any channel to start one.")]


def _with_link(deploy: Deploy, links: Links) -> Block:
    link = links.get(deploy.subject)
    return section(_line(deploy, links), link_button("Open", f"deploy:open:{deploy.id}", link) if link else None)


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

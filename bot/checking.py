"""What `quarterdeck check` asks beyond the files: whether everybody and everything that they name is really there."""

import asyncio
from collections.abc import Mapping
from typing import Any, Protocol

from pydantic import BaseModel, ValidationError

from bot.people.directory import answered
from bot.settings import Settings
from bot.settings_problems import dangling, explained, spelled, unknown
from bot.settings_sources import Keys, did_you_mean
from bot.slack import SlackRefused
from bot.values import Person


class Workspace(Protocol):
    """What is asked of Slack. Raises Unavailable where it can't answer, SlackRefused for an unknown id."""

    async def person(self, person_id: str, /) -> Person: ...

    async def person_by_email(self, email: str, /) -> Person | None: ...

    async def groups(self) -> dict[str, str]:
        """User groups in use: handle without "@" -> id."""

    async def channels(self) -> dict[str, str]:
        """Channels that the bot can see: name -> id."""


async def problems(settings: Settings, workspace: Workspace, options: Mapping[str, type[BaseModel]]) -> list[str]:
    """Everything that would not work, in sentences that say where and what to do. Raises Unavailable.

    `options` are the models of the targets' options, by the name of their integration.
    """
    names = dangling(settings.services, settings.people, settings.strategies)
    return [
        *(f"{spelled(keys)}: {text}" for keys, text in names),
        *target_problems(settings, options),
        *await _channels(settings, workspace),
        *await _people(settings, workspace),
    ]


def target_problems(settings: Settings, options: Mapping[str, type[BaseModel]]) -> list[str]:
    """What is wrong with the targets in services.yml, as far as can be told without asking them."""
    found: list[str] = []
    for name, service in settings.services.items():
        for environment, settled in service.environments.items():
            keys = ("services", name, "environments", environment, "target")
            found += _wrong(keys, settled.target, options)
    return found


def registry_problems(settings: Settings, options: Mapping[str, type[BaseModel]]) -> list[str]:
    """What is wrong with the registry, as far as can be told without asking it."""
    return _wrong(("registry",), settings.registry, options) if settings.registry is not None else []


def metrics_problems(given: Mapping[str, Any], options: Mapping[str, type[BaseModel]]) -> list[str]:
    """What is wrong with the metrics backend, as far as can be told without asking it."""
    return _wrong(("metrics", "backend"), given, options)


def source_problems(settings: Settings, options: Mapping[str, type[BaseModel]]) -> list[str]:
    """What is wrong with the services' sources, as far as can be told without asking them."""
    found: list[str] = []
    for name, service in settings.services.items():
        if service.source is not None:
            found += _wrong(("services", name, "source"), service.source, options)
    return found


def options_in(given: Mapping[str, Any]) -> dict[str, Any]:
    """What an integration's Options are made from: all that stands there but its name."""
    return {key: value for key, value in given.items() if key != "type"}


def _wrong(keys: Keys, given: Mapping[str, Any], options: Mapping[str, type[BaseModel]]) -> list[str]:
    """What is wrong with an integration that stands at `keys`: its name is `type`, the rest are its options."""
    kind = given.get("type")
    if not isinstance(kind, str):
        return [f'{spelled(keys)}: needs a "type": the integration (there are: {", ".join(sorted(options)) or "none"})']
    if (model := options.get(kind)) is None:
        return [f"{spelled((*keys, 'type'))}: {unknown('integration', kind, options)}"]
    rest = options_in(given)
    try:
        model.model_validate(rest)
    except ValidationError as error:
        return [f"{spelled((*keys, *inner))}: {text}" for inner, text in explained(error, model, rest)]
    return []


async def _channels(settings: Settings, workspace: Workspace) -> list[str]:
    known = await answered(workspace.channels())
    wanted = {"deploys": settings.channels.deploys}
    return [
        f"channels.{key}: the bot sees no channel {name}: create it as a public channel"
        for key, name in wanted.items()
        if name is not None and name not in known and name not in known.values()
    ]


async def _people(settings: Settings, workspace: Workspace) -> list[str]:
    places: dict[str, str] = {}
    for team, members in settings.people.teams.items():
        places |= {who: f"people.teams.{team}" for who in members if who not in places}
    for index, grant in enumerate(settings.people.grants):
        places |= {who: f"people.grants[{index}].to" for who in grant.to if who not in places}
    for name, service in settings.services.items():
        for environment, settled in service.environments.items():
            key = f"services.{name}.environments.{environment}.approvals.escalate_to"
            places |= {who: key for who in settled.approvals.escalate_to if who not in places}
    handles = await answered(workspace.groups()) if any(who[0] == "@" for who in places) else {}
    asked = {who: place for who, place in places.items() if not who.startswith("team:")}
    answers = await asyncio.gather(*(_missing(who, workspace, handles) for who in asked))
    return [f"{place}: {text}" for place, text in zip(asked.values(), answers, strict=True) if text]


async def _missing(who: str, workspace: Workspace, handles: Mapping[str, str]) -> str:
    """Why `who` is nobody in the workspace; empty for somebody."""
    if who[0] == "@":
        hint = did_you_mean(who[1:], handles)
        return "" if who[1:] in handles else f"there is no user group {who}{hint}: create it in Slack, or name another"
    if "@" in who:
        person = await answered(workspace.person_by_email(who))
        return "" if person else f"nobody in the workspace has the address {who}"
    try:
        await answered(workspace.person(who))
    except SlackRefused:
        return f"nobody in the workspace has the id {who}"
    return ""

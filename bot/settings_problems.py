"""What is wrong with settings, in sentences that name the file and the key."""

import re
import types
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from bot.catalogue import Service
from bot.deploy.strategy import Strategy
from bot.lock.calendar import Calendar
from bot.metrics.model import Gate
from bot.people.model import Policy
from bot.settings_sources import NOTHING, Keys, Layer, Problem, below, did_you_mean, origin

_SHOULD = re.compile(r"^(Value error, |Assertion failed, |\w+ should (?P<be>be|have|match) )")


def explained(error: ValidationError, model: type[BaseModel], data: object) -> list[tuple[Keys, str]]:
    """Where and what each of pydantic's complaints about `data` as a `model` is, without values: they may be secret."""
    complaints = error.errors(include_input=False, include_url=False)
    found = (_explain(one, model, data) for one in complaints if not _follows(one, complaints))
    return list(dict.fromkeys(found))


def located(keys: Keys, text: str, layers: Sequence[Layer]) -> Problem:
    """A problem with what stands at `keys`."""
    return Problem(origin(keys, layers), f"{spelled(keys)}: {text}")


def spelled(keys: Keys) -> str:
    """The path of keys as people write it: people.grants[0].role."""
    return "".join(f"[{key}]" if isinstance(key, int) else f".{key}" for key in keys).removeprefix(".")


def dangling(
    services: Mapping[str, Service], policy: Policy, strategies: Collection[str]
) -> Iterator[tuple[Keys, str]]:
    """Names that stand for nothing: strategies, teams, roles, services and environments that are nowhere defined."""
    for name, service in services.items():
        if service.owner not in policy.teams:
            yield ("services", name, "owner"), unknown("team", service.owner, policy.teams)
        for environment in service.environments:
            yield from _dangling_in(service, environment, policy, strategies)
    environments = {environment for service in services.values() for environment in service.environments}
    for index, grant in enumerate(policy.grants):
        keys: Keys = ("people", "grants", index)
        teams = _teams(grant.to)
        for key, kind, names, known in (
            ("role", "role", (grant.role,), policy.roles),
            ("to", "team", teams, policy.teams),
            ("services", "service", () if grant.services == "all" else grant.services, services),
            ("environments", "environment", () if grant.environments == "all" else grant.environments, environments),
        ):
            yield from (((*keys, key), unknown(kind, one, known)) for one in names if one not in known)


def _dangling_in(
    service: Service, environment: str, policy: Policy, strategies: Collection[str]
) -> Iterator[tuple[Keys, str]]:
    settled = service.environments[environment]
    here: Keys = ("services", service.name, "environments", environment)
    if settled.strategy not in strategies:
        yield (*here, "strategy"), unknown("strategy", settled.strategy, strategies)
    proven, quorum = settled.policy.proven_in, settled.approvals
    if proven and proven.environment not in service.environments:
        text = unknown("environment", proven.environment, service.environments)
        yield (*here, "policy", "proven_in", "environment"), text
    if proven and proven.environment == environment:
        yield (*here, "policy", "proven_in", "environment"), "a version can't be proven where it is about to go"
    for key, kind, names, known in (
        ("roles", "role", quorum.roles, policy.roles),
        ("escalate_to", "team", _teams(quorum.escalate_to), policy.teams),
    ):
        yield from (((*here, "approvals", key), unknown(kind, one, known)) for one in names if one not in known)


def _teams(names: Sequence[str]) -> list[str]:
    return [who.removeprefix("team:") for who in names if who.startswith("team:")]


def dangling_gates(
    strategies: Mapping[str, Strategy], gates: Mapping[str, Gate], signals: Collection[str]
) -> Iterator[tuple[Keys, str]]:
    """Gates that strategies name and signals that gates name, which are nowhere defined."""
    for name, strategy in strategies.items():
        for index, step in enumerate(strategy.steps):
            if step.gate and step.gate not in gates:
                yield ("strategies", name, "steps", index, "gate"), unknown("gate", step.gate, gates)
        if strategy.watch and strategy.watch not in gates:
            yield ("strategies", name, "watch"), unknown("gate", strategy.watch, gates)
    for name, gate in gates.items():
        if gate.requests not in signals:
            yield ("gates", name, "requests"), unknown("signal", gate.requests, signals)
        asked = {"limits": [one.signal for one in gate.limits], "compare": [one.signal for one in gate.compare]}
        for key, names in asked.items():
            for index, signal in enumerate(names):
                if signal not in signals:
                    yield ("gates", name, key, index, "signal"), unknown("signal", signal, signals)


def dangling_periods(calendar: Calendar, services: Mapping[str, Service]) -> Iterator[tuple[Keys, str]]:
    """Services and environments that the calendar names, which are nowhere defined: nothing would be kept out there."""
    environments = {environment for service in services.values() for environment in service.environments}
    for group, periods in (("freezes", calendar.freezes), ("windows", calendar.windows)):
        for index, period in enumerate(periods):
            for key, kind, names, known in (
                ("services", "service", period.services, services),
                ("environments", "environment", period.environments, environments),
            ):
                strange = () if names == "all" else (one for one in names if one not in known)
                yield from ((("calendar", group, index, key), unknown(kind, one, known)) for one in strange)


def unknown(kind: str, name: str, known: Collection[str]) -> str:
    """A name that stands for nothing, with the one that was probably meant, or with all that there are."""
    meant = did_you_mean(name, known) or f" (known: {', '.join(sorted(known)) or 'none'})"
    return f'unknown {kind} "{name}"{meant}'


def _follows(one: ErrorDetails, complaints: Sequence[ErrorDetails]) -> bool:
    """A list is also "too short" when all that is in it is wrong: that is no second mistake."""
    loc = one["loc"]
    return one["type"] == "too_short" and any(
        other["loc"][: len(loc)] == loc for other in complaints if other is not one
    )


def _explain(one: ErrorDetails, model: type[BaseModel], data: object) -> tuple[Keys, str]:
    keys = _keys(one, data)
    if one["type"] == "extra_forbidden":
        text = f"unknown key{did_you_mean(str(keys[-1]), _fields(model, keys[:-1]))}"
    elif one["type"] == "missing":
        text = "is missing"
    else:
        text = _SHOULD.sub(lambda match: f"must {match['be']} " if match["be"] else "", one["msg"])
    return keys, text


def _keys(one: ErrorDetails, data: object) -> Keys:
    """pydantic's location without what is no key of the data: the branch of a union, or "[key]"."""
    keys: list[str | int] = []
    for key in one["loc"]:
        inside = below(data, key)
        if inside is not NOTHING or (one["type"] == "missing" and key == one["loc"][-1]):
            keys.append(key)
            data = inside
    return tuple(keys)


def _fields(model: type[BaseModel], keys: Keys) -> set[str]:
    """The keys that may stand below `keys`."""
    kinds: list[Any] = [model]
    for key in keys:
        kinds = [inner for kind in kinds for inner in _below(kind, key)]
    return {field.alias or name for kind in kinds if _is_model(kind) for name, field in kind.model_fields.items()}


def _below(kind: Any, key: str | int) -> Iterator[Any]:
    """The types that may stand at `key` of this type."""
    if _is_model(kind):
        inside = kind.model_fields[key].annotation if key in kind.model_fields else None
    else:
        inside = next(iter(get_args(kind)[1:] if get_origin(kind) is dict else get_args(kind)), None)
    yield from _branches(inside)


def _branches(kind: Any) -> Iterator[Any]:
    if get_origin(kind) is Annotated:
        yield from _branches(get_args(kind)[0])
    elif get_origin(kind) in (Union, types.UnionType):
        for branch in get_args(kind):
            yield from _branches(branch)
    else:
        yield kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)

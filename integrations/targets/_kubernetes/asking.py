"""Preflight lines that ask the API server: dry runs, quotas, autoscalers, what pods are configured by."""

import asyncio
import html
from collections.abc import Awaitable, Sequence
from typing import Any

from bot.errors import Code, Refusal
from bot.values import Check
from integrations.targets._kubernetes import evidence
from integrations.targets._kubernetes.api import Json
from integrations.targets._kubernetes.checks import CANNOT_TELL, autoscaled, capacity, healthy, older
from integrations.targets._kubernetes.config import SECRET, needed
from integrations.targets._kubernetes.look import numbered
from integrations.targets._kubernetes.objects import AUTOSCALERS, CONFIG_MAPS, QUOTAS, SECRETS, Kind, Objects
from integrations.targets._kubernetes.templates import number
from integrations.targets._kubernetes.workload import Workload


def refused(name: str, refusal: Refusal) -> Check:
    """A line that failed. It carries the words as the API said them; a refusal has them escaped for Slack."""
    return Check(name=name, passed=False, text=html.unescape(refusal.text.replace("`", "")))


async def permission(*dry_runs: Awaitable[Any]) -> Check:
    """Whether the API server would take all of these."""
    answers = await asyncio.gather(*map(_refusal, dry_runs))
    no = next((answer for answer in answers if answer), None)
    if no:
        return refused("permission", no)
    return Check(name="permission", passed=True, text="the API server accepts a dry run of the change")


async def stands(workload: Workload, deployment: Json, container: str) -> list[Check]:
    """What has become of the rollout before, and whether what runs is well."""
    try:
        new = numbered(await workload.replica_sets(deployment), number(deployment))
        stuck = await evidence.failing(workload, await workload.pods(new)) if new else None
    except Refusal as refusal:
        return [refused("permission", refusal)]
    return [older(deployment, container, stuck), healthy(deployment, stuck)]


async def room(objects: Objects, deployment: Json, more: int) -> Check:
    """Whether quotas leave room for so many replicas more."""
    quotas = await _if_allowed(objects, QUOTAS)
    return capacity(quotas, deployment, more)


async def scaled_by(objects: Objects, deployment: Json) -> list[Check]:
    """Who else sets the number of replicas."""
    return autoscaled(await _if_allowed(objects, AUTOSCALERS), deployment)


async def configured(objects: Objects, template: Json) -> Check:
    """Whether the ConfigMaps and Secrets that pods of this template need are still there, by their names alone."""
    wanted = needed(template)
    found = await asyncio.gather(*(_exists(objects, kind, name) for kind, name in wanted))
    gone = [f"{kind} {name}" for (kind, name), there in zip(wanted, found, strict=True) if there is False]
    unknown = sorted({kind for (kind, _), there in zip(wanted, found, strict=True) if there is None})
    if gone:
        return Check(name="config", passed=False, text=f"gone since: {', '.join(gone)}")
    if unknown:
        text = f"{CANNOT_TELL} whether its {'s and '.join(unknown)}s are still there: the bot may not look"
        return Check(name="config", passed=True, text=text)
    return Check(name="config", passed=True, text=f"{len(wanted)} there" if wanted else "needs none")


async def _exists(objects: Objects, kind: str, name: str) -> bool | None:
    try:
        return await objects.exists(SECRETS if kind == SECRET else CONFIG_MAPS, name)
    except Refusal:
        return None


async def _if_allowed(objects: Objects, kind: Kind) -> Sequence[Json] | None:
    try:
        return await objects.list(kind)
    except Refusal:
        return None


async def _refusal(asked: Awaitable[Any]) -> Refusal | None:
    try:
        await asked
    except Refusal as refusal:
        # What is not there yet can't be changed in a dry run either; that it may be changed has been answered first.
        return None if refusal.code is Code.NOT_FOUND else refusal
    return None

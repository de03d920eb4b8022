"""How a step ended, as JSON: refusals and outages keep their type when a flow is replayed."""

import json
from collections.abc import Awaitable, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from bot.errors import Code, Refusal, Unavailable

JSON: TypeAlias = "bool | int | float | str | Sequence[JSON] | Mapping[str, JSON] | None"
Record: TypeAlias = dict[str, Any]

T = TypeVar("T")


def carried(value: T, what: str) -> T:
    """`value` as it will be when it comes back from the database; TypeError when JSON would change it."""
    try:
        back: T = json.loads(json.dumps(value, allow_nan=False))
    except (TypeError, ValueError) as error:
        raise TypeError(f"{what} can't be carried as JSON: {error}") from error
    if back != value:
        raise TypeError(f"{what} comes back from JSON as {back!r}, not as {value!r}")
    return back


async def recorded(work: Awaitable[T], what: str) -> Record:
    """Await `work` and describe how it ended. Bugs are not an outcome: they are raised."""
    try:
        return {"done": carried(await work, what)}
    except Refusal as no:
        return {"refused": {"code": str(no.code), "text": no.text, "hint": no.hint}}
    except Unavailable as out:
        return {"unavailable": {"system": out.system, "text": out.text, "retry_after": out.retry_after}}


def replayed(record: Record) -> Any:
    """Return or raise what `recorded` saw."""
    match record:
        case {"refused": {"code": code, "text": text, "hint": hint}}:
            raise Refusal(Code(code), text, hint)
        case {"unavailable": {"system": system, "text": text, "retry_after": retry_after}}:
            raise Unavailable(system, text, retry_after)
        case _:
            return record["done"]

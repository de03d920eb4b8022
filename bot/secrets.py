"""Secrets that config only names: recognised when settings are read, fetched from their store when the bot starts."""

import asyncio
import re
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple, Protocol, TypeVar

from pydantic import BaseModel, SecretStr

from bot.blocks import code
from bot.errors import Code, Refusal

SCHEME = "secret://"
_FORM = re.compile(r"secret://([a-z][a-z0-9-]*)/([^#\s]{1,512})#([^#\s]{1,128})", re.ASCII)

M = TypeVar("M", bound=BaseModel)
Keys = tuple[str | int, ...]


class SecretStore(Protocol):
    """Where secrets lie. `integrations/secrets/<vendor>.py` exports `connect(options: Options) -> SecretStore`."""

    async def fetch(self, name: str, key: str) -> str:
        """The value under `key` of the secret `name`. Raises Refusal (NOT_FOUND, TARGET_FORBIDS, INVALID) where
        trying again can't help, Unavailable where it may; no error contains the value."""


class SecretRef(NamedTuple):
    """`secret://<store>/<name>#<key>`."""

    store: str
    name: str
    key: str

    def __str__(self) -> str:
        return f"{SCHEME}{self.store}/{self.name}#{self.key}"


def recognise(text: str) -> SecretRef | None:
    """The reference that `text` is; None for any other text; ValueError for one that is written wrongly."""
    if not text.startswith(SCHEME):
        return None
    if match := _FORM.fullmatch(text):
        return SecretRef(*match.groups())
    raise ValueError(f"is no secret reference: write {SCHEME}<store>/<name>#<key>")


def mistakes(settings: BaseModel) -> Iterator[tuple[Keys, str]]:
    """References that are written wrongly, or that stand where no secret is kept (and would be shown in logs)."""
    for keys, value, kept in _texts(settings, ()):
        try:
            if recognise(_plain(value)) and not kept:
                yield keys, "can't be a secret reference: this setting is no secret"
        except ValueError as error:
            yield keys, str(error)


def stores_named(settings: BaseModel) -> set[str]:
    """The stores that `resolve` will need, by their names in references."""
    return {ref.store for ref in _references(settings)}


def held(settings: BaseModel) -> list[SecretStr]:
    """Every secret in `settings`, for `bot.logs` to hide wherever it turns up."""
    return [value for _, value, _ in _texts(settings, ()) if isinstance(value, SecretStr)]


async def resolve(settings: M, stores: Mapping[str, SecretStore]) -> M:
    """A copy of `settings` with every reference replaced by the SecretStr that it names, each fetched once.

    `stores` are known by their names in references. Raises what they raise, and Refusal(NOT_FOUND) for a store that
    there is none of. References are found in SecretStr fields and in free-form mappings (options of a target).
    """
    refs = _references(settings)
    for ref in refs:
        if ref.store not in stores:
            raise Refusal(Code.NOT_FOUND, f"There is no secret store {code(ref.store)}.", f"Named by {code(str(ref))}.")
    values = await asyncio.gather(*(stores[ref.store].fetch(ref.name, ref.key) for ref in refs))
    fetched = {str(ref): SecretStr(value) for ref, value in zip(refs, values, strict=True)}
    resolved = _filled(settings, fetched)
    assert isinstance(resolved, type(settings))
    return resolved


def _references(settings: BaseModel) -> list[SecretRef]:
    found = (recognise(_plain(value)) for _, value, kept in _texts(settings, ()) if kept)
    return list(dict.fromkeys(ref for ref in found if ref))


def _plain(value: str | SecretStr) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else value


def _texts(value: object, keys: Keys, kept: bool = False) -> Iterator[tuple[Keys, str | SecretStr, bool]]:
    """Every text below `value` with its keys, and whether a secret may stand there."""
    if isinstance(value, str | SecretStr):
        yield keys, value, kept or isinstance(value, SecretStr)
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _texts(getattr(value, name), (*keys, name))
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _texts(inner, (*keys, key), kept=True)
    elif isinstance(value, list | tuple):
        for index, inner in enumerate(value):
            yield from _texts(inner, (*keys, index), kept)


def _filled(value: Any, fetched: Mapping[str, SecretStr]) -> Any:
    if isinstance(value, str | SecretStr):
        return fetched.get(_plain(value), value)
    if isinstance(value, BaseModel):
        inner = {name: _filled(getattr(value, name), fetched) for name in type(value).model_fields}
        return value.model_copy(update=inner)
    if isinstance(value, Mapping):
        return {key: _filled(inner, fetched) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_filled(inner, fetched) for inner in value)
    return value

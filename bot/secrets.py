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
    for keys, text, kept in _texts(settings, ()):
        try:
            if recognise(text) and not kept:
                yield keys, "can't be a secret reference: this setting is no secret"
        except ValueError as error:
            yield keys, str(error)


async def resolve(settings: M, stores: Mapping[str, SecretStore]) -> M:
    """A copy of `settings` with every reference replaced by the SecretStr that it names, each fetched once.

    `stores` are known by their names in references. Raises what they raise, and Refusal(NOT_FOUND) for a store that
    there is none of. References are found in SecretStr fields and in free-form mappings (options of a target).
    """
    found = (recognise(text) for _, text, kept in _texts(settings, ()) if kept)
    refs = list(dict.fromkeys(ref for ref in found if ref))
    for ref in refs:
        if ref.store not in stores:
            raise Refusal(Code.NOT_FOUND, f"There is no secret store {code(ref.store)}.", f"Named by {code(str(ref))}.")
    values = await asyncio.gather(*(stores[ref.store].fetch(ref.name, ref.key) for ref in refs))
    fetched = {str(ref): SecretStr(value) for ref, value in zip(refs, values, strict=True)}
    resolved = _filled(settings, fetched)
    assert isinstance(resolved, type(settings))
    return resolved


def _texts(value: object, keys: Keys, kept: bool = False) -> Iterator[tuple[Keys, str, bool]]:
    """Every text below `value` with its keys, and whether a secret may stand there."""
    if isinstance(value, SecretStr):
        yield keys, value.get_secret_value(), True
    elif isinstance(value, str):
        yield keys, value, kept
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
    if isinstance(value, SecretStr):
        return fetched.get(value.get_secret_value(), value)
    if isinstance(value, str):
        return fetched.get(value, value)
    if isinstance(value, BaseModel):
        inner = {name: _filled(getattr(value, name), fetched) for name in type(value).model_fields}
        return value.model_copy(update=inner)
    if isinstance(value, Mapping):
        return {key: _filled(inner, fetched) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_filled(inner, fetched) for inner in value)
    return value

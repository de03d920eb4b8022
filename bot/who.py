"""How config names people: a Slack user id, an e-mail address, "@group-handle", "team:<name>"."""

import re
from typing import Annotated

from pydantic import AfterValidator

_USER = re.compile(r"[UW][A-Z0-9]{3,20}")
_EMAIL = re.compile(r"[^@\s<>]{1,64}@[^@\s<>]{1,200}\.[^@\s<>]{1,60}")
_HANDLE = re.compile(r"@[^\s@<>]{1,80}")
_TEAM = re.compile(r"team:\S{1,80}")


def _person(who: str) -> str:
    if not (_USER.fullmatch(who) or _EMAIL.fullmatch(who)):
        raise ValueError("is nobody: write a Slack user id (U0123ABC) or an e-mail address")
    return who


def _anybody(who: str) -> str:
    if not any(form.fullmatch(who) for form in (_USER, _EMAIL, _HANDLE, _TEAM)):
        raise ValueError('is nobody: write a Slack user id, an e-mail address, "@group-handle" or "team:<name>"')
    return who


Member = Annotated[str, AfterValidator(_person)]
Who = Annotated[str, AfterValidator(_anybody)]

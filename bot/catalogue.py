"""The service catalogue: what can be shipped where, and the answers to names that are not in it."""

import difflib
import re
from collections.abc import Iterable, Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, field_validator
from pydantic.json_schema import SkipJsonSchema

from bot.blocks import clip, code, listed
from bot.durations import Duration, Span
from bot.errors import Code, Refusal
from bot.policy import Approvals, Migration, Policy, Quorum

NAME = re.compile(r"[a-z0-9]([a-z0-9._-]{0,61}[a-z0-9])?", re.ASCII)


def _name(name: str) -> str:
    if not NAME.fullmatch(name):
        raise ValueError("is no name: write at most 63 lower-case letters, digits, dots, dashes and underscores")
    return name


Name = Annotated[str, AfterValidator(_name)]

# v1 · v1.2 · 1.2.3 · v1.3-bad · v1.2.3-rc.1 · a commit (7 to 40 hex digits) · an image digest
VERSIONS = r"v\d+|v?\d+(\.\d+){1,3}(-[0-9A-Za-z][0-9A-Za-z.-]*)?|[0-9a-f]{7,40}|sha256:[0-9a-f]{64}"
LONGEST_VERSION = 128  # an image tag can't be longer (OCI distribution spec)
FEW = 12


class Environment(BaseModel):
    """Where a service runs, and what it takes to ship there."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    target: dict[str, Any] = Field(description="What runs it: `type` names the integration, the rest are its options.")
    strategy: str = Field("rolling", description="How a new version replaces the old one.")
    approvals: Approvals = Field(
        Quorum(), description="Who must say yes: how many others, or a mapping that says more."
    )
    expires_after: Duration | None = Field(
        None, description="An approval not given by then expires (else: approval.expires_after)."
    )
    policy: Policy = Field(Policy(), description="What else is asked of every change here.")
    labels: dict[str, str] = Field({}, description="What tells this place apart in metrics: label name -> value.")
    watch: Span | None = Field(None, description="How long a new version is watched (else: deploy.watch).")
    migration: Migration | None = Field(None, description="What runs before a new version gets traffic.")

    @field_validator("target")
    @classmethod
    def _names_its_type(cls, target: dict[str, Any]) -> dict[str, Any]:
        if not isinstance(target.get("type"), str):
            raise ValueError('needs a "type": the integration that runs it, for example kubernetes')
        return target

    @property
    def target_type(self) -> str:
        """The integration's name: a module of integrations/targets."""
        return str(self.target["type"])

    @property
    def target_options(self) -> dict[str, Any]:
        """What the integration's Options are made from."""
        return {key: value for key, value in self.target.items() if key != "type"}


class Service(BaseModel):
    """Something that is shipped."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: SkipJsonSchema[Name]
    description: str = Field("", max_length=200, description="A few words for people who choose from a list.")
    owner: str = Field(description="The team (people.teams) that answers for it.")
    source: dict[str, Any] | None = Field(
        None, description="Where its commits are: `type` names the integration (integrations/sources)."
    )
    version_pattern: str = Field(VERSIONS, description="A regular expression that a whole version must match.")
    version_example: str = Field(
        "v1.2", max_length=LONGEST_VERSION, description="Shown to people whose version does not match."
    )
    environments: dict[Name, Environment] = Field(min_length=1, description="Where it runs, in the order to be shown.")

    @field_validator("version_pattern")
    @classmethod
    def _compiles(cls, pattern: str) -> str:
        try:
            re.compile(pattern, re.ASCII)
        except re.error as error:
            raise ValueError(f"is no regular expression: {error}") from error
        return pattern


def _named(services: object) -> object:
    """A service is written under its name; saying it twice would let the two differ."""
    if not isinstance(services, Mapping):
        return services
    return {key: {"name": key, **given} if isinstance(given, Mapping) else given for key, given in services.items()}


def _agreeing(services: dict[str, Service]) -> dict[str, Service]:
    if wrong := [key for key, service in services.items() if service.name != key]:
        raise ValueError(f"the name of a service is its key; {', '.join(wrong)} says another")
    return services


Services = Annotated[dict[Name, Service], BeforeValidator(_named), AfterValidator(_agreeing)]


class Catalogue(BaseModel):
    """All services. Asks nothing of the outside and never changes; names are compared exactly as typed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    services: Services

    def place(self, service: str, environment: str) -> tuple[Service, Environment]:
        """The service and the environment of these names; Refusal (UNKNOWN_SERVICE, UNKNOWN_ENVIRONMENT) says what
        was wrong and which names come closest. Safe for any text that a person can send."""
        found = self.service(service)
        if environment not in found.environments:
            text = f"{code(found.name)} has no environment {quoted(environment)}."
            raise Refusal(Code.UNKNOWN_ENVIRONMENT, text, _nearest(environment, found.environments, "Environments"))
        return found, found.environments[environment]

    def service(self, name: str) -> Service:
        """The service of this name; Refusal(UNKNOWN_SERVICE) otherwise."""
        if name not in self.services:
            text = f"There is no service {quoted(name)}."
            raise Refusal(Code.UNKNOWN_SERVICE, text, _nearest(name, self.services, "Services"))
        return self.services[name]

    def version(self, service: Service, text: str) -> str:
        """`text`, when it is a version of this service; Refusal(BAD_VERSION) with an example otherwise."""
        example = f"For example: {code(service.version_example)}."
        if text.casefold() == "latest":
            reason = (
                f"{code('latest')} is not a version: what it names changes, so nobody could approve it, "
                "compare it or roll back to it. Name the version itself."
            )
            raise Refusal(Code.BAD_VERSION, reason, example)
        if len(text) > LONGEST_VERSION:
            reason = f"{quoted(text)} is too long for a version: {len(text):,} characters, at most {LONGEST_VERSION}."
            raise Refusal(Code.BAD_VERSION, reason, example)
        if not re.fullmatch(service.version_pattern, text, re.ASCII):
            raise Refusal(Code.BAD_VERSION, f"{quoted(text)} is not a version of {code(service.name)}.", example)
        return text


def quoted(text: str, limit: int = 40) -> str:
    """What a person typed, given back in code style: one line, clipped, nothing invisible, nothing that pings."""
    visible = "".join(letter if letter.isprintable() else " " for letter in text[: limit * 4])
    return code(clip(" ".join(visible.split()) or "(nothing)", limit))


def _nearest(given: str, names: Iterable[str], label: str) -> str:
    known = sorted(names)
    close = difflib.get_close_matches(given[:64].casefold(), known, n=3, cutoff=0.5)
    meant = f"Did you mean {' or '.join(map(code, close))}? " if close else ""
    return f"{meant}{label}: {listed(list(map(code, known)), FEW) or 'none yet'}."

"""Everything that can be set, as frozen models: code < config/default.yml < services.yml and people.yml <
config/<env>.yml < environment. Whatever is wrong stops the start, naming file and key: first all that can't be read,
then all that can't work."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError

from bot.catalogue import Catalogue, Name, Services
from bot.deploy.strategy import Strategy
from bot.durations import Duration, Span, spell
from bot.lock.calendar import Calendar
from bot.metrics.model import Gate, Metrics
from bot.people.model import Policy
from bot.secrets import mistakes
from bot.settings_problems import dangling, dangling_gates, dangling_periods, explained, located
from bot.settings_sources import Keys, Layer, Problem, merged, read_environment, read_file
from bot.values import StrategyKind

PRODUCTION = "production"


def _channel(name: str) -> str:
    if not re.fullmatch(r"#?[^\s#@,A-Z]{1,80}|[CG][A-Z0-9]{5,20}", name):
        raise ValueError('is no channel: write "#deploys" or a channel id (C0123ABC)')
    return name.removeprefix("#")


Channel = Annotated[str, AfterValidator(_channel)]


class Section(BaseModel):
    """A part of the settings; a key that it does not know is a mistake."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Slack(Section):
    """How Slack is reached. An app token means Socket Mode, a signing secret means HTTP; both may be set."""

    bot_token: SecretStr | None = Field(None, description="xoxb-…; from the environment: SLACK_BOT_TOKEN.")
    app_token: SecretStr | None = Field(None, description="xapp-…, for Socket Mode: SLACK_APP_TOKEN.")
    signing_secret: SecretStr | None = Field(None, description="For Slack over HTTP: SLACK_SIGNING_SECRET.")
    api_url: str = Field("https://slack.com/api/", description="Base of the Web API: SLACK_API_URL.")
    update_interval: Duration = Field(
        timedelta(seconds=3), description="A message is edited at most once in this time."
    )


class Channels(Section):
    """Where the bot speaks: "#name" or a channel id."""

    deploys: Channel = Field("deploys", description="Cards of deploys and rollbacks, with their threads.")


class Approval(Section):
    """Yes from another."""

    expires_after: Duration = Field(timedelta(hours=4), description="A request not decided by then is over.")


class Deploy(Section):
    """How a rollout is watched."""

    poll: Duration = Field(timedelta(seconds=1), description="Time between two looks at a rollout.")
    settle: Duration = Field(timedelta(seconds=5), description="A finished rollout must stay finished this long.")
    rollout_timeout: Duration = Field(timedelta(minutes=15), description="A rollout not finished by then has failed.")
    patience: Duration = Field(
        timedelta(minutes=10), description="How long a target that does not answer is asked again."
    )
    watch: Span = Field(timedelta(minutes=30), description="How long a new version is watched before it is known good.")
    watch_major: Span = Field(timedelta(hours=2), description="The same, for what is asked for with --major.")
    waits_at_most: Duration = Field(
        timedelta(hours=12), description="A deploy that waits for its time or its turn is over by then."
    )
    review_after: Duration = Field(
        timedelta(hours=48), description="An emergency that nobody else has signed comes back after this, each time."
    )


class Retention(Section):
    """How long finished things are kept. The audit log is kept for ever."""

    requests: Duration = Field(timedelta(hours=25), description="Ids of Slack's requests, to know a repeated one.")
    flows: Duration = Field(timedelta(days=30), description="The steps of finished flows.")


class Settings(Section):
    """All settings. Made by `load`; every length of time is a timedelta."""

    env: str = Field("development", pattern=r"^[a-z][a-z0-9_-]{0,30}$", description="QUARTERDECK_ENV.")
    slack: Slack = Slack()
    database_url: SecretStr = Field(
        SecretStr("sqlite:///var/quarterdeck.db"), description="sqlite:///… or postgresql://…: DATABASE_URL."
    )
    host: str = Field("127.0.0.1", description="Where the bot's own web server listens: HOST.")
    port: int = Field(3000, ge=0, le=65_535, description="PORT; 0 takes a free one.")
    kubeconfig: str | None = Field(None, description="As kubectl reads it: KUBECONFIG.")
    prometheus_url: str | None = Field(None, description="Where metrics are asked for by default: PROMETHEUS_URL.")
    channels: Channels = Channels()
    approval: Approval = Approval()
    deploy: Deploy = Deploy()
    strategies: dict[Name, Strategy] = Field(
        {"rolling": Strategy(kind=StrategyKind.ROLLING)}, description="How new versions are rolled out, by name."
    )
    gates: dict[Name, Gate] = Field({}, description="What decides whether a rollout may go on, by name.")
    metrics: Metrics = Metrics()
    registry: dict[str, Any] | None = Field(
        None, description="Where images are: `type` names the integration (integrations/registries)."
    )
    calendar: Calendar = Calendar()
    retention: Retention = Retention()
    services: Services = {}
    people: Policy = Policy()

    @property
    def production(self) -> bool:
        """Whether this is the real thing, where nothing may be missing."""
        return self.env == PRODUCTION

    @property
    def catalogue(self) -> Catalogue:
        """The services, as everybody asks for them."""
        return Catalogue(services=self.services)


class SettingsError(Exception):
    """The start is refused. `problems` are all of them, each with the file or variable that it was found in."""

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = problems


def load(environ: Mapping[str, str], root: Path) -> Settings:
    """The settings of this environment and the config folder below `root`. Raises SettingsError.

    Fetches nothing: `secret://…` values stay references until `bot.secrets.resolve`.
    """
    layers, problems = _read(environ, root)
    data = merged(layers)
    try:
        settings = Settings.model_validate(data)
    except ValidationError as error:
        wrong = explained(error, Settings, data)
        raise SettingsError(problems + [located(keys, text, layers) for keys, text in wrong]) from None
    wrong = [
        *mistakes(settings),
        *dangling(settings.services, settings.people, settings.strategies),
        *dangling_gates(settings.strategies, settings.gates, settings.metrics.signals),
        *dangling_periods(settings.calendar, settings.services),
        *_missing(settings),
        *_endless(settings),
    ]
    problems += [located(keys, text, layers) for keys, text in wrong]
    if problems:
        raise SettingsError(problems)
    return settings


def json_schema() -> dict[str, Any]:
    """What editors check config files with; a file may hold any part of the settings."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Settings.model_json_schema()}


def schema_text() -> str:
    """`json_schema` as it lies in config/schema.json."""
    return json.dumps(json_schema(), indent=2, ensure_ascii=False) + "\n"


def _endless(settings: Settings) -> Iterator[tuple[Keys, str]]:
    """Steps that would end in going back, because nobody may take so long."""
    longest = settings.deploy.waits_at_most
    for name, strategy in settings.strategies.items():
        for index, step in enumerate(strategy.steps):
            if step.pause >= longest:
                text = f"is longer than deploy.waits_at_most ({spell(longest)}), after which a step goes back"
                yield ("strategies", name, "steps", index, "pause"), text


def _missing(settings: Settings) -> Iterator[tuple[Keys, str]]:
    """What production can't do without; elsewhere the bot may start with less."""
    if not settings.production:
        return
    slack = settings.slack
    if slack.bot_token is None:
        yield ("slack", "bot_token"), "is missing: production needs SLACK_BOT_TOKEN"
    if slack.app_token is None and slack.signing_secret is None:
        yield ("slack", "app_token"), "is missing: production needs SLACK_APP_TOKEN or SLACK_SIGNING_SECRET"
    if not settings.services:
        yield ("services",), "there are none: production needs at least one service with a target"


def _read(environ: Mapping[str, str], root: Path) -> tuple[list[Layer], list[Problem]]:
    folder = environ.get("QUARTERDECK_CONFIG") or "config"
    env = environ.get("QUARTERDECK_ENV") or "development"
    names = ["default.yml", "services.yml", "people.yml"]
    if env != "development" or (root / folder / "development.yml").exists():
        names.append(f"{env}.yml")
    read = [read_file(root / folder / name, f"{folder}/{name}") for name in names]
    layers = [layer for layer, _ in read]
    problems = [problem for _, found in read for problem in found]
    variables, wrong = read_environment(environ, merged(layers))
    return layers + variables, problems + wrong

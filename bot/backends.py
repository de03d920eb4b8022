"""What stands behind the ports: integrations, found by the names in config, and connected."""

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bot import discovery
from bot.checking import metrics_problems, options_in, registry_problems, source_problems, target_problems
from bot.ports import DeployTarget, MetricsBackend, Registry, SourceHistory
from bot.secrets import resolve, stores_named
from bot.settings import Settings
from bot.values import Place


class NotStarted(Exception):
    """The start is refused; the message says why and what to do."""


def target_options(settings: Settings) -> dict[str, type[BaseModel]]:
    """The options' model of each kind of target that services.yml names and that exists."""
    kinds = {env.target_type for service in settings.services.values() for env in service.environments.values()}
    return _options("targets", kinds)


def integration_problems(settings: Settings) -> list[str]:
    """What is wrong with the integrations beside the targets, as far as can be told without asking them."""
    backend = metrics_backend(settings)
    registry = [settings.registry] if settings.registry is not None else []
    return [
        *(metrics_problems(backend, _options("metrics", _types([backend]))) if backend else []),
        *registry_problems(settings, _options("registries", _types(registry))),
        *source_problems(settings, _options("sources", _types(_sources(settings).values()))),
    ]


async def fetch_secrets(settings: Settings) -> Settings:
    """The settings with every secret:// reference replaced by what it names. Raises Refusal or Unavailable."""
    modules = {name: discovery.integration("secrets", name.replace("-", "_")) for name in stores_named(settings)}
    return await resolve(settings, {name: module.connect(module.Options()) for name, module in modules.items()})


def connect_targets(settings: Settings) -> dict[Place, DeployTarget]:
    """A target for every place in services.yml. Raises NotStarted naming what is wrong."""
    options = target_options(settings)
    if problems := target_problems(settings, options):
        raise NotStarted("\n".join(problems))
    places: dict[str, dict[Place, BaseModel]] = {}
    for service in settings.services.values():
        for name, env in service.environments.items():
            model = options[env.target_type]
            ours = (
                {"kubeconfig": settings.kubeconfig}
                if settings.kubeconfig and "kubeconfig" in model.model_fields
                else {}
            )
            given = model.model_validate(ours | env.target_options)
            places.setdefault(env.target_type, {})[Place(service.name, name)] = given
    targets: dict[Place, DeployTarget] = {}
    for kind, group in places.items():
        targets |= discovery.integration("targets", kind).connect(group)
    return targets


def connect_registry(settings: Settings) -> Registry | None:
    """The registry that default.yml names, if it names one. Raises NotStarted naming what is wrong."""
    given = settings.registry
    if given is None:
        return None
    options = _options("registries", _types([given]))
    if problems := registry_problems(settings, options):
        raise NotStarted("\n".join(problems))
    kind = given["type"]
    registry: Registry = discovery.integration("registries", kind).connect(
        options[kind].model_validate(options_in(given))
    )
    return registry


def metrics_backend(settings: Settings) -> dict[str, Any] | None:
    """The metrics backend as config says it; PROMETHEUS_URL alone is one, and the url of one that names none."""
    given, url = settings.metrics.backend, settings.prometheus_url
    if given is None:
        return {"type": "prometheus", "url": url} if url else None
    return {"url": url, **given} if url and given.get("type") == "prometheus" else dict(given)


def connect_metrics(settings: Settings) -> MetricsBackend | None:
    """Where metrics are asked for, if anywhere. Raises NotStarted naming what is wrong."""
    given = metrics_backend(settings)
    if given is None:
        return None
    options = _options("metrics", _types([given]))
    if problems := metrics_problems(given, options):
        raise NotStarted("\n".join(problems))
    kind = given["type"]
    backend: MetricsBackend = discovery.integration("metrics", kind).connect(
        options[kind].model_validate(options_in(given))
    )
    return backend


def connect_sources(settings: Settings) -> dict[str, SourceHistory]:
    """The history of every service that names one, by the service's name. Raises NotStarted naming what is wrong."""
    sources = _sources(settings)
    options = _options("sources", _types(sources.values()))
    if problems := source_problems(settings, options):
        raise NotStarted("\n".join(problems))
    found: dict[str, SourceHistory] = {}
    for name, given in sources.items():
        kind = given["type"]
        found[name] = discovery.integration("sources", kind).connect(options[kind].model_validate(options_in(given)))
    return found


def _sources(settings: Settings) -> dict[str, dict[str, Any]]:
    return {name: service.source for name, service in settings.services.items() if service.source is not None}


def _types(integrations: Iterable[Mapping[str, Any]]) -> set[str]:
    return {kind for given in integrations if isinstance(kind := given.get("type"), str)}


def _options(port: str, kinds: Iterable[str]) -> dict[str, type[BaseModel]]:
    """The options' model of each integration of a port that exists; who is missing is said by whoever checks."""
    found: dict[str, type[BaseModel]] = {}
    for kind in sorted(kinds):
        with suppress(LookupError):
            found[kind] = discovery.integration(port, kind).Options
    return found


def flows_url(database_url: str) -> str:
    """Where flows are kept: a file beside the bot's own on SQLite, a schema of the same database on PostgreSQL."""
    if not database_url.startswith("sqlite"):
        return database_url
    scheme, path = database_url.split("///", 1)
    file = Path(path)
    return f"{scheme}///{file.with_name(file.stem + '.flows' + (file.suffix or '.db'))}"

"""What stands behind the ports: integrations, found by the names in config, and connected."""

from contextlib import suppress
from pathlib import Path

from pydantic import BaseModel

from bot import discovery
from bot.checking import target_problems
from bot.ports import DeployTarget
from bot.secrets import resolve, stores_named
from bot.settings import Settings
from bot.values import Place


class NotStarted(Exception):
    """The start is refused; the message says why and what to do."""


def target_options(settings: Settings) -> dict[str, type[BaseModel]]:
    """The options' model of each kind of target that services.yml names and that exists."""
    kinds = {env.target_type for service in settings.services.values() for env in service.environments.values()}
    found: dict[str, type[BaseModel]] = {}
    for kind in sorted(kinds):
        with suppress(LookupError):  # `target_problems` says which one is missing
            found[kind] = discovery.integration("targets", kind).Options
    return found


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


def flows_url(database_url: str) -> str:
    """Where flows are kept: a file beside the bot's own on SQLite, a schema of the same database on PostgreSQL."""
    if not database_url.startswith("sqlite"):
        return database_url
    scheme, path = database_url.split("///", 1)
    file = Path(path)
    return f"{scheme}///{file.with_name(file.stem + '.flows' + (file.suffix or '.db'))}"

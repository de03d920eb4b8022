"""Registry and sources: found by their names in settings, checked, connected; in the playground, answering."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from bot.backends import NotStarted, connect_registry, connect_sources, integration_problems
from bot.secrets import mistakes, resolve
from bot.settings import Settings, load
from integrations.registries.oci import Oci
from integrations.sources.github import GitHub
from playground.harness import Playground
from tests.settings.conftest import Config

REFERENCE = "secret://vault/registry#password"
SERVICES = """
services:
  api: {owner: shop, environments: {staging: {target: {type: kubernetes}}}}
  mail: {owner: shop, environments: {staging: {target: {type: kubernetes}}}}
"""


def settings(registry: dict[str, Any] | None = None, **sources: dict[str, Any]) -> Settings:
    environments = {"staging": {"target": {"type": "kubernetes"}}}
    services = {
        name: {"owner": "shop", "source": source, "environments": environments} for name, source in sources.items()
    }
    return Settings.model_validate({"registry": registry, "services": services})


def test_who_names_none_has_none() -> None:
    bare = settings()
    assert (connect_registry(bare), connect_sources(bare), integration_problems(bare)) == (None, {}, [])


def test_each_is_found_by_its_type_and_made_from_the_rest() -> None:
    given = settings({"type": "oci", "timeout": 3}, api={"type": "github", "repository": "shop/api", "timeout": 5})
    assert integration_problems(given) == []
    assert isinstance(connect_registry(given), Oci)
    assert {name: type(one) for name, one in connect_sources(given).items()} == {"api": GitHub}


@pytest.mark.parametrize(
    ("registry", "source", "said"),
    [
        ({}, None, 'registry: needs a "type"'),
        ({"type": 7}, None, 'registry: needs a "type"'),
        ({"type": "oki"}, None, 'registry.type: unknown integration "oki"'),
        ({"type": "oci", "endpoint": {}}, None, "registry.endpoint: unknown key (did you mean endpoints?)"),
        ({"type": "oci", "endpoints": {"x": "y"}}, None, "registry.endpoints.x: must be http:// or https://"),
        (None, {"repository": "shop/api"}, 'services.api.source: needs a "type"'),
        (None, {"type": "github"}, "services.api.source.repository: is missing"),
        (None, {"type": "gitea", "repository": "a/b"}, 'services.api.source.type: unknown integration "gitea"'),
    ],
)
def test_what_can_t_work_stops_the_start_and_is_found_by_check(
    registry: dict[str, Any] | None, source: dict[str, Any] | None, said: str
) -> None:
    given = settings(registry, **({"api": source} if source else {}))
    [problem] = integration_problems(given)
    assert problem.startswith(said)
    with pytest.raises(NotStarted) as no:
        (connect_registry if registry is not None else connect_sources)(given)
    assert str(no.value) == problem


class Vault:
    async def fetch(self, name: str, key: str) -> str:
        return f"{key} of {name}"


async def test_secrets_may_be_named_in_both_and_are_not_shown() -> None:
    login = {"username": "robot", "password": REFERENCE}
    source = {"type": "github", "repository": "shop/api", "token": REFERENCE}
    given = settings({"type": "oci", "logins": {"registry.example.com": login}}, api=source)
    assert list(mistakes(given)) == []
    resolved = await resolve(given, {"vault": Vault()})
    assert integration_problems(resolved) == []
    assert connect_registry(resolved)
    assert connect_sources(resolved)
    assert isinstance(resolved.services["api"].source, Mapping)
    assert isinstance(resolved.services["api"].source["token"], SecretStr)
    assert "password of registry" not in repr(resolved)


@asynccontextmanager
async def playing(config: Path, folder: Path, *, versions: bool) -> AsyncIterator[Settings]:
    async with Playground(folder, versions=versions, config=config) as playground:
        environ = playground.environ()
        yield load(
            {name: environ[name] for name in environ if name.startswith(("QUARTERDECK", "SLACK"))}, config.parent
        )


async def test_the_playground_tells_the_bot_where_versions_are_when_asked_to(config: Config, tmp_path: Path) -> None:
    root = config(services=SERVICES, people="people: {teams: {shop: []}}")
    async with playing(root / "config", tmp_path / "play", versions=True) as given:
        registry, sources = connect_registry(given), connect_sources(given)
        assert registry
        assert sources.keys() == {"api"}, "the forge has no mail"
        try:
            assert (await registry.digest("registry.example.com/shop/api", "v1.2")).startswith("sha256:")
            assert (await sources["api"].between("v1.1", "v1.2")).commits
        finally:
            await registry.close()
            await sources["api"].close()
    async with playing(root / "config", tmp_path / "play", versions=False) as given:
        assert (connect_registry(given), connect_sources(given)) == (None, {})

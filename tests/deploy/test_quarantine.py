"""Quarantine: what was rolled back is refused under every name, until somebody with the right lets it out."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import Catalogue
from bot.deploy.model import Deploy, Kind, Quarantine, State
from bot.deploy.quarantine import Quarantines
from bot.deploy.quarantined import holds, not_quarantined, quarantine
from bot.errors import Code, Refusal
from bot.values import Revision
from playground.slack.blockkit import problems
from tests.approval.samples import ARI, CAM, DANA, NOON
from tests.approval.stage import Stage, staged
from tests.databases import kinds
from tests.engine.workspace import DEPLOYS

A, B = "sha256:" + "a" * 64, "sha256:" + "b" * 64
CATALOGUE = Catalogue.model_validate(
    {
        "services": {
            name: {
                "owner": "shop",
                "environments": {env: {"target": {"type": "kubernetes"}} for env in ("staging", "production")},
            }
            for name in ("api", "web")
        }
    }
)


def row(
    version: str = "v1.3", image: str = f"registry/api@{A}", number: int = 41, reason: str = "errors"
) -> Quarantine:
    return Quarantine(service="api", version=version, image=image, subject=f"deploy:{number}", reason=reason, at=NOON)


# Whether it is the same


@pytest.mark.parametrize(
    ("held", "version", "image", "same"),
    [
        (row(), "v1.3", "", True),
        (row(), "v1.3", f"registry/api@{B}", True),
        (row(), "latest-good", f"elsewhere/api@{A}", True),
        (row(), "v1.4", A, True),
        (row(), A, "", True),
        (row(version=A, image=""), "v1.4", f"registry/api@{A}", True),
        (row(), "v1.4", f"registry/api@{B}", False),
        (row(), "v1.4", "", False),
        (row(), "v1.30", "", False),
        (row(image="registry/api:v1.3"), "v1.4", "registry/api:v1.3", True),
        (row(image="registry/api:v1.3"), "v1.4", "registry/api:v1.4", False),
        (row(image=""), "v1.4", "", False),
    ],
)
def test_a_version_is_known_by_its_name_and_by_its_image(
    held: Quarantine, version: str, image: str, same: bool
) -> None:
    assert holds(held, version, image) == same


IMAGES = st.sampled_from(["", A, B, f"registry/api@{A}", f"registry/api:v1@{B}", "registry/api:v1", "registry/api:v2"])
VERSIONS = st.sampled_from(["v1", "v2", A, B])


@given(VERSIONS, IMAGES, VERSIONS, IMAGES)
def test_which_of_the_two_was_rolled_back_makes_no_difference(v: str, i: str, w: str, j: str) -> None:
    assert holds(row(v, i), w, j) == holds(row(w, j), v, i)


@given(VERSIONS, IMAGES)
def test_nothing_is_let_through_under_its_own_name(version: str, image: str) -> None:
    assert holds(row(version, image), version, image)


def test_the_preflight_line_says_who_found_out_why_and_what_to_type() -> None:
    check = not_quarantined(row(reason="the error rate was 4 % instead of 0.1 %."))
    assert not check.passed
    assert check.text == (
        "v1.3 was rolled back by deploy #41: the error rate was 4 % instead of 0.1 %. "
        'Then: /deploy lift api v1.3 "<reason>"'
    )
    assert not_quarantined(None).passed


def test_a_long_list_fits_into_a_message() -> None:
    long = [row("v" + "9" * 127, "x" * 500, number, "<!channel> " * 200) for number in range(40)]
    message = quarantine("", long, {one.subject: "https://example.com/" for one in long})
    assert problems({"blocks": message.blocks}, "message") == []
    assert "<!channel>" not in message.text


# The rows


@pytest.fixture(params=kinds())
async def stage(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Stage]:
    async with staged(str(request.param), tmp_path) as stage:
        yield stage


@pytest.fixture
def quarantines(stage: Stage) -> Quarantines:
    return Quarantines(stage.store, stage.outbox, stage.rights, CATALOGUE, DEPLOYS)


def deploy(number: int = 41, version: str = "v1.3") -> Deploy:
    now = datetime.now(UTC)
    return Deploy(
        id=number,
        kind=Kind.DEPLOY,
        service="api",
        environment="staging",
        version=version,
        strategy="canary",
        state=State.ROLLING_BACK,
        channel=DEPLOYS,
        requested_by="U0DANA",
        requested_name="Dana Ortiz",
        requested_at=now,
        approvals=1,
        expires_at=now,
    )


async def put(quarantines: Quarantines, number: int = 41, version: str = "v1.3", digest: str = A) -> None:
    async with quarantines.store.transaction() as rows:
        bad = Revision(id=str(number), version=version, image=f"registry/api@{digest}")
        await quarantines.put(rows, deploy(number, version), bad, "errors <were> high", datetime.now(UTC))


async def test_what_was_rolled_back_in_one_environment_is_refused_in_all(quarantines: Quarantines) -> None:
    assert (await quarantines.check("api", "v1.3")).passed
    await put(quarantines)
    for version, image in (("v1.3", ""), ("v1.4", f"registry/api@{A}"), (A, "")):
        assert not (await quarantines.check("api", version, image)).passed
    assert (await quarantines.check("api", "v1.4", f"registry/api@{B}")).passed
    assert (await quarantines.check("web", "v1.3")).passed
    assert await quarantines.versions("api") == {"v1.3"}


async def test_a_step_that_runs_again_after_a_crash_puts_it_in_once(stage: Stage, quarantines: Quarantines) -> None:
    await put(quarantines)
    await put(quarantines)
    assert await stage.deeds() == [("quarterdeck", "quarantine.put", "refused from now on")]


async def test_let_out_it_may_run_again_and_the_channel_hears_who_said_so_and_why(
    stage: Stage, quarantines: Quarantines
) -> None:
    await put(quarantines, 41)
    await put(quarantines, 42)
    lifted = await quarantines.lift(ARI, "api", "v1.3", "the cache was cold <!here>", "a test")
    assert [one.subject for one in lifted] == ["deploy:42", "deploy:41"]
    assert (await quarantines.check("api", "v1.3", A)).passed
    said = (await stage.line("out of quarantine"))["text"]
    assert "Ari Novak says “the cache was cold &lt;!here&gt;”" in said
    assert [deed for deed in await stage.deeds() if deed[1] == "quarantine.lifted"] == [
        ("U0ARI", "quarantine.lifted", "let out")
    ] * 2


async def test_what_fails_again_after_it_was_let_out_is_back_in(quarantines: Quarantines) -> None:
    await put(quarantines, 41)
    await quarantines.lift(ARI, "api", "v1.3", "the cache was cold", "")
    await put(quarantines, 43)
    assert not (await quarantines.check("api", "v1.3")).passed
    await put(quarantines, 41)  # the first deploy's step, late
    await quarantines.lift(ARI, "api", A, "by its digest", "")
    assert (await quarantines.check("api", "v1.3")).passed


@pytest.mark.parametrize(
    ("person", "service", "version", "reason", "code"),
    [
        (DANA, "api", "v1.3", "why not", Code.PERMISSION_DENIED),  # has the right in production alone
        (ARI, "api", "v1.3", "  ", Code.MISSING_WORD),
        (ARI, "api", "v1.4", "why not", Code.NOT_FOUND),
        (ARI, "web", "v1.3", "why not", Code.NOT_FOUND),
        (ARI, "apy", "v1.3", "why not", Code.UNKNOWN_SERVICE),
    ],
)
async def test_what_may_not_be_let_out_stays_in(
    quarantines: Quarantines, person: object, service: str, version: str, reason: str, code: Code
) -> None:
    await put(quarantines)
    with pytest.raises(Refusal) as no:
        await quarantines.lift(person, service, version, reason, "a test")  # type: ignore[arg-type]
    assert no.value.code is code
    assert not (await quarantines.check("api", "v1.3")).passed


async def test_of_two_who_let_it_out_at_once_one_did_it(stage: Stage, quarantines: Quarantines) -> None:
    await put(quarantines)
    outcomes = await asyncio.gather(
        *(quarantines.lift(person, "api", "v1.3", "the cache was cold", "") for person in (ARI, CAM) for _ in range(3)),
        return_exceptions=True,
    )
    assert [one.code for one in outcomes if isinstance(one, Refusal)] == [Code.NOT_FOUND] * 5
    assert [deed[1] for deed in await stage.deeds()].count("quarantine.lifted") == 1

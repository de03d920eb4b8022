"""What is looked at before anything is changed: which noes are ours, and which of them somebody may pass over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue import Catalogue, Environment, Service
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.plan import Planner
from bot.deploy.preflight import UNHEALTHY, answered, lenient, proven, same_version
from bot.deploy.rules import passed
from bot.lock.model import Lock
from bot.policy import Migration, Policy, Proven
from bot.ports import DeployTarget
from bot.values import Change, Check, Person, Place, Revision, Snapshot
from docs.sample_rows import sample
from tests.deploy.conftest import Works
from tests.deploy.rows import asked, wanted

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ASKED = Proven.model_validate({"environment": "staging", "for": "1h"})


def good(since: datetime | None) -> Deploy:
    return sample(State.SUCCEEDED, environment="staging", good_at=since)


@pytest.mark.parametrize(
    ("past", "fine", "said"),
    [
        ([], False, "never been known good in staging"),
        ([good(None)], False, "never been known good in staging"),
        ([good(NOON - HOUR + MINUTE)], False, "1h are asked: 1 min to go"),
        ([good(NOON - HOUR + timedelta(seconds=61))], False, "2 min to go"),
        ([good(NOON - HOUR)], True, "known good in staging"),
        ([good(NOON - MINUTE), good(NOON - 2 * HOUR)], True, "known good in staging"),
        ([good(None), good(NOON - 2 * HOUR)], True, "known good in staging"),
    ],
)
def test_a_version_is_proven_where_it_has_been_good_for_long_enough(past: list[Deploy], fine: bool, said: str) -> None:
    check = proven(ASKED, past, NOON)
    assert (check.name, check.passed) == ("proven", fine)
    assert said in check.text


@given(st.lists(st.none() | st.integers(0, 7_200)), st.integers(0, 7_200))
def test_proof_only_grows(ages: list[int | None], later: int) -> None:
    past = [good(None if age is None else NOON - timedelta(seconds=age)) for age in ages]
    now = proven(ASKED, past, NOON).passed
    assert now == any(age is not None and age >= 3_600 for age in ages)
    assert not now or proven(ASKED, past, NOON + timedelta(seconds=later)).passed


def test_a_rollback_to_what_runs_already_changes_nothing() -> None:
    one, two = (Revision(id=number, version="v1", image=f"api@{number}") for number in "12")
    assert not same_version(one, one.model_copy(update={"id": "9"})).passed
    assert same_version(one, two).passed


FINE, GONE = Check(name="image", passed=True, text="there"), Check(name="image", passed=False, text="v1.1 is gone")


@pytest.mark.parametrize(
    ("rehearsal", "migration", "fine", "said"),
    [
        ([], None, True, "ready"),
        ([FINE], None, True, "ready"),
        ([FINE, GONE], None, False, "no way back: v1.1 is gone"),
        ([FINE, GONE], Migration(up=("a",), reversible=True), False, "no way back: v1.1 is gone"),
        ([FINE], Migration(up=("a",), reversible=True), True, "ready"),
        ([FINE], Migration(up=("a",), down=("b",)), True, "undoing the migration asks a person"),
        ([FINE], Migration(up=("a",)), True, "the migration can't be undone"),
    ],
)
def test_without_a_way_back_nothing_starts(
    rehearsal: list[Check], migration: Migration | None, fine: bool, said: str
) -> None:
    [check] = answered(rehearsal, migration)
    assert check.passed == fine
    assert said in check.text


NAMES = [*UNHEALTHY, "exists", "permission", "lock", "freeze", "quarantine", "digest"]
CHECKS = st.lists(st.builds(Check, name=st.sampled_from(NAMES), passed=st.booleans(), text=st.text(max_size=9)))


@given(CHECKS)
def test_what_repairs_is_kept_out_by_everything_but_what_it_repairs(checks: list[Check]) -> None:
    assert passed(lenient(checks)) == all(one.passed or one.name in UNHEALTHY for one in checks)


@given(CHECKS)
def test_what_is_passed_over_still_stands_there_and_says_so(checks: list[Check]) -> None:
    for after in (lenient(checks), lenient(checks, every=True)):
        assert [one.name for one in after] == [one.name for one in checks]
        for was, now in zip(checks, after, strict=True):
            assert was == now or (now.passed and now.text == f"{was.text} (passed over)")
    assert passed(lenient(checks, every=True))


# With everybody who is asked


class Dock:
    """A target that runs v1.1, and says what it is told to say."""

    def __init__(self, *noes: str) -> None:
        self.noes = noes

    async def inspect(self) -> Snapshot:
        return Snapshot(revision=RUNS, replicas=3, ready=3)

    async def preflight(self, change: Change) -> list[Check]:
        return [Check(name=name, passed=name not in self.noes, text=name) for name in ("exists", "healthy", "capacity")]

    async def difference(self, change: Change) -> list[str]:
        return [f"image: v1.1 → {change.version}"]

    async def rehearse(self, revision: Revision) -> list[Check]:
        return [Check(name="image", passed="image" not in self.noes, text=f"{revision.version} can be pulled")]


class Gone(Dock):
    """One whose way back to what runs is gone, but to nothing else."""

    async def rehearse(self, revision: Revision) -> list[Check]:
        return [Check(name="image", passed=revision != RUNS, text=f"{revision.version} can be pulled")]


RUNS = Revision(id="4", version="v1.1", image="registry.example.com/shop/api:v1.1", restore={"template": "v1.1"})
DANA, ARI = Person(id="U0DANA", name="Dana Ortiz"), Person(id="U0ARI", name="Ari Novak")
BACK: dict[str, Any] = {
    "kind": Kind.ROLLBACK,
    "wanted": RUNS.model_dump() | {"id": "3", "version": "v1.0", "image": f"api@sha256:{'a' * 64}"},
}
EMERGENCY: dict[str, Any] = {"emergency": "checkout is down"}


async def noes(works: Works, deploy: Deploy, *of_target: str) -> set[str]:
    """The names of the lines that keep this deploy out."""
    return {one.name for one in (await docked(works, Dock(*of_target)).derive(deploy)).checks if not one.passed}


def docked(works: Works, dock: Dock) -> Planner:
    """The planner, with this target at api/production."""
    mine = works.before.planner
    outside = replace(mine.outside, targets={Place("api", "production"): cast(DeployTarget, dock)})
    return Planner(mine.ledger, mine.terms, outside, mine.locks, mine.quarantines)


async def locked(works: Works, person: Person) -> None:
    async with works.ledger.store.transaction() as rows:
        lock = Lock(place="api/production", holder=person.id, name=person.name, reason="db", at=datetime.now(UTC))
        rows.add(lock)


async def quarantined(works: Works, version: str, image: str = "") -> None:
    bad = RUNS.model_copy(update={"version": version, "image": image or f"api:{version}"})
    number = await asked(works.ledger, version)
    async with works.ledger.store.transaction() as rows:
        deploy = await works.ledger.get(number)
        await works.before.planner.quarantines.put(rows, deploy, bad, "errors", datetime.now(UTC))


async def test_where_nothing_is_against_it_nothing_keeps_it_out(works: Works) -> None:
    assert await noes(works, wanted()) == set()


async def test_a_lock_keeps_out_everybody_but_its_holder_and_an_emergency(works: Works) -> None:
    await locked(works, ARI)
    assert await noes(works, wanted()) == {"lock"}
    assert await noes(works, wanted(**EMERGENCY)) == set()
    assert await noes(works, wanted(requested_by=ARI.id)) == set()


async def test_a_rollback_is_kept_out_by_a_lock_as_a_deploy_is(works: Works) -> None:
    await locked(works, ARI)
    assert await noes(works, wanted("v1.0", **BACK), "healthy", "capacity") == {"lock"}


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("more", [{}, EMERGENCY])
async def test_nothing_passes_over_quarantine(works: Works, kind: Kind, more: dict[str, Any]) -> None:
    await quarantined(works, "v1.3")
    assert await noes(works, wanted("v1.3", kind=kind, **more)) == {"quarantine"}


async def test_an_emergency_passes_over_what_it_repairs_and_over_no_other_no_of_the_target(works: Works) -> None:
    assert await noes(works, wanted(), "exists", "healthy", "capacity") == {"exists", "healthy", "capacity"}
    assert await noes(works, wanted(**EMERGENCY), "exists", "healthy", "capacity") == {"exists"}


async def test_without_a_way_back_not_even_an_emergency_starts(works: Works) -> None:
    assert await noes(works, wanted(**EMERGENCY), "image") == {"rollback"}


async def test_who_goes_back_needs_no_way_to_what_is_left_behind(works: Works) -> None:
    planner = docked(works, Gone())
    lines = {one.name: one for one in (await planner.derive(wanted("v1.0", **BACK))).checks}
    assert all(one.passed for one in lines.values())
    assert lines["rollback"].text.endswith("(passed over)")


async def test_a_rollback_to_an_image_that_was_rolled_back_under_another_name_is_kept_out(works: Works) -> None:
    await quarantined(works, "v1.3", image=f"elsewhere/api@sha256:{'a' * 64}")
    assert await noes(works, wanted("v1.0", **BACK)) == {"quarantine"}


async def test_proof_is_found_however_much_was_deployed_there_since(works: Works) -> None:
    terms = works.before.planner.terms
    production = terms.catalogue.services["api"].environments["production"]
    asks = production.model_copy(update={"policy": Policy(proven_in=Proven(environment="staging"))})
    works.before.planner.terms = replace(terms, catalogue=catalogue_with(asks))
    assert await noes(works, wanted()) == {"proven"}
    past = [wanted("v1.2", place="api/staging", state=State.SUCCEEDED, good_at=NOON, ended_at=NOON)]
    past += [
        wanted(f"v2.{minor}", place="api/staging", state=State.SUCCEEDED, ended_at=NOON + minor * MINUTE)
        for minor in range(1, 80)
    ]
    async with works.ledger.store.transaction() as rows:
        rows.add_all(past)
    assert await noes(works, wanted()) == set()


def catalogue_with(production: Environment) -> Catalogue:
    """The service api, in staging and in this production."""
    staging = Environment(target={"type": "kubernetes"})
    api = Service(name="api", owner="shop", environments={"staging": staging, "production": production})
    return Catalogue(services={"api": api})


async def test_the_same_questions_give_the_same_plan(works: Works) -> None:
    planner = docked(works, Dock())
    one, two = [(await planner.derive(wanted())).proposal for _ in range(2)]
    assert one == two
    assert one
    assert (one.version, one.live, one.quorum.count) == ("v1.2", "4 registry.example.com/shop/api:v1.1", 1)
    assert one.strategy == planner.terms.strategies["rolling"]

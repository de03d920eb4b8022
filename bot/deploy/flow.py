"""What people ask for: deploys, rollbacks, emergencies. Rights are checked here, at that moment."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from bot.blocks import code
from bot.catalogue import Environment, quoted
from bot.deploy.ledger import Ledger
from bot.deploy.model import Deploy, Kind, State
from bot.deploy.quarantine import Quarantines
from bot.deploy.rollout import Rollout
from bot.deploy.rules import approvals_needed, last_known_good, recorded
from bot.deploy.terms import Terms
from bot.deploy.wishes import Wish
from bot.durations import parse
from bot.errors import Code, Refusal
from bot.moments import moment
from bot.people.model import Right
from bot.people.rights import Rights
from bot.values import Person, Place, Revision

T = TypeVar("T")


class Deploys:
    """Deploys and rollbacks of every service."""

    def __init__(
        self, ledger: Ledger, rollout: Rollout, rights: Rights, terms: Terms, quarantines: Quarantines
    ) -> None:
        self.ledger, self.rollout, self.rights = ledger, rollout, rights
        self.terms, self.quarantines = terms, quarantines

    async def request(self, person: Person, wish: Wish, source: str) -> Deploy:
        """Ask for a version to run. Raises Refusal; otherwise the deploy is recorded and goes on by itself.

        `source` says from where it was asked ("slash C123"), for the audit log. An emergency takes a right of its own
        and nobody's approval.
        """
        deploy = self.draft(person, wish)
        right = Right.DEPLOY_EMERGENCY if wish.emergency else Right.DEPLOY_REQUEST
        await self.rights.require(person, right, deploy.place, source)
        return await self._open(deploy, source)

    def draft(self, person: Person, wish: Wish) -> Deploy:
        """The deploy that is wished for, recorded nowhere. Raises Refusal for what is not in the catalogue, is no
        version or can't be meant."""
        found, env = self.terms.catalogue.place(wish.service, wish.environment)
        version = self.terms.catalogue.version(found, wish.version)
        place = Place(wish.service, wish.environment)
        deploy = self._deploy(person, place, Kind.DEPLOY, version, env, env.approvals.count)
        self._as_wished(deploy, wish, person, deploy.requested_at)
        return deploy

    def _as_wished(self, deploy: Deploy, wish: Wish, person: Person, now: datetime) -> None:
        """The options behind the words. Raises Refusal(INVALID)."""
        if wish.strategy:
            deploy.strategy = self._strategy(wish.strategy)
        if wish.emergency and (wish.at or wish.in_window):
            raise Refusal(Code.INVALID, "An emergency goes now; it can't wait for a time.", "Leave one of them out.")
        if wish.emergency:
            deploy.emergency, deploy.approvals = wish.emergency, 0
        deploy.major, deploy.in_window = wish.major, wish.in_window
        if wish.at:
            deploy.not_before = _meant(wish.at, "--at 22:00", lambda text: moment(text, now, person.zone))
        if wish.expires:
            deploy.not_after = (deploy.not_before or now) + _meant(wish.expires, "--expires 2h", parse)
        if deploy.not_before:  # hours may pass until it starts; who approves has until then
            deploy.expires_at = max(deploy.expires_at, deploy.not_before)

    def _strategy(self, name: str) -> str:
        if name not in self.terms.strategies:
            known = ", ".join(map(code, self.terms.strategies))
            raise Refusal(Code.INVALID, f"There is no strategy {quoted(name)}.", f"There are {known}.")
        return name

    async def request_rollback(
        self, person: Person, service: str, environment: str, version: str, source: str
    ) -> Deploy:
        """Ask to run what ran before: `version`, or the last known good one when it is empty. Raises Refusal.

        It goes before whatever has not begun there.
        """
        found, env = self.terms.catalogue.place(service, environment)
        place = Place(service, environment)
        await self.rights.require(person, Right.ROLLBACK_REQUEST, place, source)
        good = None
        if version:
            wanted = self.terms.catalogue.version(found, version)
            revision = recorded(await self._past(place), wanted)
        else:
            revision = good = await self._last_known_good(place)
            wanted = revision.version
        needed = approvals_needed(Kind.ROLLBACK, good is not None, env.approvals.count)
        return await self._open(self._deploy(person, place, Kind.ROLLBACK, wanted, env, needed, revision), source)

    async def _past(self, place: Place) -> list[Deploy]:
        """What ended there, newest first, and before it what is still watched: it may be what one goes back from."""
        watched = [one for one in await self.ledger.active() if one.place == place and one.state == State.WATCHING]
        return [*watched, *await self.ledger.history(place=place)]

    async def _last_known_good(self, place: Place) -> Revision:
        past = await self._past(place)
        snapshot = await self.rollout.outside.targets[place].inspect()
        refused = await self.quarantines.versions(place.service)
        return last_known_good(past, snapshot.revision.version, place, refused)

    async def undo(self, person: Person, deploy_id: int, source: str) -> Deploy:
        """Go back to what ran before this deploy, from its card; at once where that is the last known good version.
        Raises Refusal."""
        deploy = await self.ledger.get(deploy_id)
        if deploy.state != State.SUCCEEDED or deploy.ran is None:
            raise Refusal(Code.ALREADY_DECIDED, f"Nothing to go back from: deploy #{deploy_id} does not run.")
        newest = next(iter(await self.ledger.history(place=deploy.place, most=1)), None)
        if newest is None or newest.id != deploy_id:
            hint = f"Type {code(f'/rollback {deploy.service} {deploy.environment}')}."
            raise Refusal(Code.CONFLICT, "Something else has been deployed there since.", hint)
        try:
            good = (await self._last_known_good(deploy.place)).version == deploy.ran.version
        except Refusal:
            good = False
        version = "" if good else deploy.ran.version
        return await self.request_rollback(person, deploy.service, deploy.environment, version, source)

    def _deploy(
        self,
        person: Person,
        place: Place,
        kind: Kind,
        version: str,
        env: Environment,
        needed: int,
        revision: Revision | None = None,
    ) -> Deploy:
        now = datetime.now(UTC)
        return Deploy(
            kind=kind,
            service=place.service,
            environment=place.environment,
            version=version,
            strategy=env.strategy,
            channel=self.ledger.channel,
            requested_by=person.id,
            requested_name=person.name,
            requested_at=now,
            approvals=needed,
            expires_at=now + self.terms.patience(place),
            wanted=revision.model_dump(mode="json") if revision else None,
        )

    async def _open(self, deploy: Deploy, source: str) -> Deploy:
        urgent = deploy.kind == Kind.ROLLBACK or bool(deploy.emergency)
        await self.ledger.open(deploy, source, urgent=urgent)
        await self.rollout.start(deploy)
        return deploy


def _meant(text: str, example: str, read: Callable[[str], T]) -> T:
    try:
        return read(text)
    except ValueError as error:
        raise Refusal(Code.INVALID, f"{quoted(text)} {error}.", f"For example {code(example)}.") from None

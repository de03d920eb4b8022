"""Twenty people who press whatever is there, at once, in an order that a seed decides."""

import asyncio
import json
import random
from collections import Counter

from sqlmodel import col, select

from bot.audit import AuditEntry
from bot.store import Store
from playground.client import Actor, Failed, Json
from playground.world import Person
from tests.system.people import PATIENCE, heard
from tests.system.proof import settled

MANY = 20
PLACE = "pay crowded"
BUTTONS = ("Approve", "Cancel", "Pause", "Resume", "Promote", "Abort and go back", "Roll back", "Call it good")
COMMANDS = (
    "/deploy pay v5.{number} crowded",
    f"/rollback {PLACE}",
    f'/deploy lock {PLACE} "hands off"',
    f"/deploy unlock {PLACE}",
)
ROLES = ("deployer", "approver", "commander", "deployer", "")  # of the first, the second …; the fifth may do nothing
PRESSES = 5  # of each


def people() -> tuple[Person, ...]:
    """The accounts."""
    names = [f"crew{number:02}" for number in range(MANY)]
    return tuple(
        Person(f"U0CREW{number:02}", name, name.title(), f"{name}@example.com", "UTC", "crew", "888888")
        for number, name in enumerate(names)
    )


def grants() -> str:
    """What they may do, as the setting `people.grants`; whoever is of the usual cast may do everything."""
    to = {role: [one.id for number, one in enumerate(people()) if ROLES[number % len(ROLES)] == role] for role in ROLES}
    cast = ["U0DANA", "U0ARI", "U0CAM"]
    given = [{"role": role, "to": [*to[role], *cast]} for role in ROLES if role]
    return json.dumps([grant | {"services": "all", "environments": "all"} for grant in given])


class Member:
    """One of them. `pressed` counts what Slack took from them, the answer to each of which they must see."""

    def __init__(self, actor: Actor, chance: random.Random) -> None:
        self.actor, self.pressed = actor, 0
        self._chance = chance

    async def press(self) -> None:
        """Press something that is there, or type something."""
        await asyncio.sleep(self._chance.random())
        command = self._chance.random() < 0.4
        answer = await (self._type() if command else self._click())
        if answer:
            assert answer["acked"], f"{self.actor.name} was not heard"
            self.pressed += 1

    async def _type(self) -> Json | None:
        command = self._chance.choice(COMMANDS).format(number=self._chance.randint(2, 9))
        return await self.actor.type("deploys", command)

    async def _click(self) -> Json | None:
        cards = [
            one for one in await self.actor.messages("deploys") if one["text"].startswith(("Deploy #", "Rollback #"))
        ]
        if not cards:
            return None
        card = self._chance.choice(cards[-3:])
        message = self._chance.choice([card, *await self.actor.messages("deploys", card["ts"])])
        label = self._chance.choice(BUTTONS)
        try:
            if self._chance.random() < 0.2:
                return await self.actor.click(message, "deploy:tick", selected_options=["0"])
            if self._chance.random() < 0.1:
                return await self._reject(message)
            return await self.actor.click(message, label)
        except (LookupError, Failed):  # it is not there, or not any more
            return None

    async def _reject(self, message: Json) -> Json | None:
        """A form, or a refusal, is the answer to the click; what comes of the form is another."""
        answer = await self.actor.click(message, "Reject…")
        self.pressed += 1
        form = await self.actor.wait(lambda: self.actor.views or len(self.actor.seen()) >= self.pressed, PATIENCE)
        if not isinstance(form, list):
            self.pressed -= 1
            return answer
        return await self.actor.submit(form[-1], reason="not today")

    def answers(self, deeds: Counter[str]) -> int:
        """What they were shown: forms, words for them alone, and what stands in the audit log under their name."""
        forms = sum(one["type"] == "view_opened" for one in self.actor.changes)
        return sum((forms, len(self.actor.seen()), deeds[self.actor.id]))


async def deeds_of(store: Store) -> Counter[str]:
    """What was done, by person; what was denied is said to them, too."""
    async with store.reading() as rows:
        done = select(AuditEntry.actor).where(col(AuditEntry.outcome) != "denied")
        return Counter((await rows.exec(done)).all())


async def all_answered(store: Store, crowd: list[Member]) -> list[str]:
    """Those who pressed more often than they were answered, once that stays so."""

    async def unanswered() -> list[str]:
        deeds = await deeds_of(store)
        return [
            f"{one.actor.name}: {one.answers(deeds)} of {one.pressed}"
            for one in crowd
            if one.answers(deeds) < one.pressed
        ]

    return await settled(unanswered)


async def clear_away(person: Actor) -> None:
    """Somebody who may do everything ends what is under way, until nothing is."""
    await heard(lambda: person.type("deploys", f"/deploy unlock {PLACE}"))
    await person.wait(lambda: _ended(person), within=10 * PATIENCE)


async def _ended(person: Actor) -> bool:
    shown = await person.messages("deploys")
    cards = [one for one in shown if one["text"].startswith(("Deploy #", "Rollback #"))]
    under_way = False
    for card in cards:
        for label in ("Cancel", "Promote", "Resume"):
            try:
                await person.click(card, label)
            except (LookupError, Failed):
                continue
            under_way = True
            break
    words = (": queued", ": waiting", ": rolling", ": failed, going", ": checking", "being watched", ": scheduled")
    return not under_way and not any(word in card["text"].splitlines()[0] for card in cards for word in words)

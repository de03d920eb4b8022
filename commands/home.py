"""The Home tab: what waits for its reader, what goes on, what stands in the way, what ended lately."""

import re

from bot.call import Call
from bot.deploy.homes import Homes
from bot.gate import Gate
from bot.people.directory import People


async def opened(call: Call, homes: Homes) -> None:
    """Somebody looks at their Home tab."""
    if call.body["event"].get("tab") == "home":
        await homes.opened(call.person)


async def followed(call: Call) -> None:
    """A link button was pressed; Slack opens the link by itself and wants to hear that we know."""


async def people_changed(call: Call, people: People) -> None:
    """Somebody changed their name, or a group its members: what was remembered is old."""
    user = call.body["event"].get("user")
    if isinstance(user, dict):
        call.slack.forget_person(user["id"])
    people.forget_groups()


def register(gate: Gate) -> None:
    """Everything of the Home tab."""
    gate.event("app_home_opened")(opened)
    gate.action(re.compile("deploy:open:.*"))(followed)
    for event in ("user_change", "subteam_members_changed", "subteam_updated"):
        gate.event(event)(people_changed)

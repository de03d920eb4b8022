"""What is trusted and what is not: versions in quarantine, and emergencies that somebody else must sign."""

from bot.approval.review import Reviews
from bot.approval.review_views import sign_form
from bot.call import Call
from bot.deploy.quarantine import Quarantines
from bot.deploy.rules import words
from bot.gate import Gate


async def quarantine(call: Call, quarantines: Quarantines) -> None:
    """What is refused because it was rolled back."""
    [service] = words(call.rest, ["service"], "/deploy quarantine [<service>]", optional=1)
    await call.reply(await quarantines.list(service), public=True)


async def lift(call: Call, quarantines: Quarantines) -> None:
    """Let a version out; the channel of deploys hears of it from the row."""
    usage = '/deploy lift <service> <version> "<reason>"'
    service, version, reason = words(call.rest, ["service", "version", "reason"], usage)
    await quarantines.lift(call.person, service, version, reason, call.source)


async def sign(call: Call, reviews: Reviews) -> None:
    """Sign an emergency: asks what was looked at."""
    review = await reviews.may_sign(call.person, call.value, call.source)
    await call.slack.open_view(call.trigger, sign_form(review))


async def submit_sign(call: Call, reviews: Reviews) -> None:
    """It was looked at."""
    await reviews.sign(call.person, call.value, call.entered("note"), call.source)


def register(gate: Gate) -> None:
    """The verbs, the button and the form."""
    gate.command("/deploy", "quarantine")(quarantine)
    gate.command("/deploy", "lift")(lift)
    gate.action("review:sign")(sign)
    gate.view("review:signed")(submit_sign)

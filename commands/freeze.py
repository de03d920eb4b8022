"""/freeze — what is frozen now, and what will be
/freeze [<service>] <environment> until "mon 09:00" "<reason>" — keep everybody from changing it, or: for 2h
/unfreeze [<service>] <environment> — let changes in again
/freeze help — this list
"""

import sys

from bot.call import Call
from bot.catalogue import Catalogue
from bot.errors import Code, Refusal
from bot.gate import Gate
from bot.help import manual
from bot.lock.freezes import Freezes
from bot.lock.views import frozen_now, thawed
from bot.lock.wishes import nothing_behind, scope, split, wished

FREEZE = '/freeze [<service>] <environment> until "mon 09:00" "<reason>"'
UNFREEZE = "/unfreeze [<service>] <environment>"


async def freeze(call: Call, freezes: Freezes, catalogue: Catalogue) -> None:
    """Set a freeze; or, without words, list what there is."""
    words = split(call.text, FREEZE)
    if not words:
        await call.reply(await freezes.overview())
        return
    where, rest = scope(words, catalogue, FREEZE)
    wish = wished(rest, freezes.clock(), call.person.zone, FREEZE)
    if wish.until is None:
        hint = 'Say how long: "for 2h", "until mon 09:00".'
        raise Refusal(Code.MISSING_WORD, "Missing: the end. A freeze that nobody remembers holds for ever.", hint)
    made = await freezes.freeze(call.person, where, wish.reason, wish.until, call.source)
    if call.channel != freezes.channel:
        await call.reply(frozen_now(made))


async def unfreeze(call: Call, freezes: Freezes, catalogue: Catalogue) -> None:
    """Lift what people have set there."""
    where, rest = scope(split(call.text, UNFREEZE), catalogue, UNFREEZE)
    nothing_behind(rest, UNFREEZE)
    for lifted in await freezes.lift(call.person, where, call.source):
        if call.channel != freezes.channel:
            await call.reply(thawed(lifted, call.person.name))


async def help(call: Call) -> None:
    """The manual."""
    await call.reply(manual(sys.modules[__name__]))


def register(gate: Gate) -> None:
    """Both commands."""
    gate.command("/freeze", "help")(help)
    gate.command("/freeze")(freeze)
    gate.command("/unfreeze")(unfreeze)

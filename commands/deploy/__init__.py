"""/deploy <service> <version> <environment> — roll out a version; others approve it in the thread
/deploy … --strategy canary --major --at "22:00" --in-window --expires 2h — with a strategy, a watch window, a time
/deploy … --emergency "<reason>" — go now without approval; it is announced, and signed by somebody else afterwards

/deploy — open a form with the same choices
/deploy status — what is running or waiting
/deploy queue — what waits behind something else, and for when
/deploy diff <service> <version> <environment> — what a deploy would change, without asking for it
/deploy history <service> — what happened to a service
/deploy stats [<service>] [<days>] — frequency, lead time, change failure rate, time to restore
/deploy policy test [<gate>] [<days>] — what today's gates and quorum would have said to past deploys
/deploy quarantine [<service>] — versions that were rolled back and are refused
/deploy lift <service> <version> "<reason>" — let a version out of quarantine
/deploy lock <service> <environment> "<reason>" [for 2h] — keep everybody else from changing it
/deploy unlock <service> <environment> — give it free again
/deploy steal <service> <environment> "<reason>" [for 2h] — take somebody else's lock; they are told
/deploy help — this list
"""

import sys

from bot.call import Call
from bot.gate import Gate
from bot.help import manual
from commands.deploy import ask, decide, hold, look, steer, trust


async def help(call: Call) -> None:
    """The manual."""
    await call.reply(manual(sys.modules[__name__]))


def register(gate: Gate) -> None:
    """Everything of this command that people type or click."""
    gate.command("/deploy", "help")(help)
    for part in (look, hold, decide, steer, trust, ask):  # `ask` listens to whatever else is typed
        part.register(gate)

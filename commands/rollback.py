"""/rollback <service> <environment> [version] — go back to the last known good version, or to the one you name

/rollback help — this list
"""

import sys

from bot.call import Call
from bot.deploy.flow import Deploys
from bot.deploy.lists import accepted
from bot.deploy.rules import words
from bot.gate import Gate
from bot.help import manual

USAGE = "/rollback <service> <environment> [version]"


async def command(call: Call, deploys: Deploys) -> None:
    """The slash command."""
    if call.text.strip() == "help":
        await call.reply(manual(sys.modules[__name__]))
        return
    service, environment, version = words(call.text, ["service", "environment", "version"], USAGE, optional=1)
    deploy = await deploys.request_rollback(call.person, service, environment, version, call.source)
    if call.channel != deploy.channel:
        await call.reply(accepted(deploy))


def register(gate: Gate) -> None:
    """Everything of this command that people type or click."""
    gate.command("/rollback")(command)

"""Every request passes here: acknowledge -> identify -> deduplicate -> record -> handle; and the one error handler.

Slack waits 3 s for an acknowledgement, and AsyncApp loses the one of a listener that raises soon after it: so the
gate acknowledges before any listener runs, and handlers never touch `ack`. A handler asks for what it needs by name
(Bolt's way) and raises Refusal or Unavailable; what it must not do is wait for people.
"""

import asyncio
import functools
import re
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import Any

import structlog
from slack_bolt.async_app import AsyncAck, AsyncApp, AsyncBoltContext

from bot.answers import broken, plainly, refused, unavailable
from bot.blocks import Message
from bot.call import Call, read
from bot.errors import Code, Refusal, Unavailable
from bot.inbox import Inbox, Request
from bot.slack import Slack, SlackRefused
from bot.telemetry import ACK, REQUESTS

Handler = Callable[..., Awaitable[None]]
FORM_PATIENCE = 2.0  # seconds that a form stays open for its errors; then it closes and the answer comes as a message
FIELDS = {
    Code.UNKNOWN_SERVICE: "service",
    Code.UNKNOWN_ENVIRONMENT: "environment",
    Code.BAD_VERSION: "version",
    Code.PERMISSION_DENIED: "environment",
}
log = structlog.get_logger()


_call: ContextVar[Call] = ContextVar("call")


class Gate:
    """Registers handlers with Bolt, each behind the gate. `provided` are the arguments handlers may ask for."""

    def __init__(self, app: AsyncApp, slack: Slack, inbox: Inbox, provided: Mapping[str, object]) -> None:
        self.app, self.slack, self.inbox, self.provided = app, slack, inbox, provided
        self._tasks: set[asyncio.Task[Any]] = set()
        app.use(self._enter)

    def command(self, name: str, verb: str = "") -> Callable[[Handler], None]:
        """A slash command: what begins with `verb` (the handler reads `call.rest`), or, registered after all verbs,
        whatever else is typed."""
        matchers = [_begins_with(verb)] if verb else None
        return lambda handler: self._register(self.app.command(name, matchers=matchers), handler)

    def action(self, name: str | re.Pattern[str]) -> Callable[[Handler], None]:
        """A button or menu."""
        return lambda handler: self._register(self.app.action(name), handler)

    def shortcut(self, name: str) -> Callable[[Handler], None]:
        """A global or message shortcut."""
        return lambda handler: self._register(self.app.shortcut(name), handler)

    def view(self, name: str) -> Callable[[Handler], None]:
        """A submitted form: what the handler refuses within 2 s is shown in the form."""
        return lambda handler: self._register(self.app.view(name), handler, form=True)

    def event(self, name: str) -> Callable[[Handler], None]:
        """An event."""
        return lambda handler: self._register(self.app.event(name), handler)

    async def drain(self, seconds: float) -> None:
        """Wait for the handlers that are at work."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)

    def _register(self, listen: Callable[[Handler], Any], handler: Handler, form: bool = False) -> None:
        @functools.wraps(handler)  # Bolt reads the arguments' names through it
        async def guarded(**arguments: Any) -> None:
            call = _call.get()
            # Bolt keeps no reference to its listeners' tasks, and what nobody refers to may be collected while it waits
            task = asyncio.create_task(self._handle(call, functools.partial(handler, **arguments)))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
            await (self._close_form(call, task) if form else task)

        listen(guarded)

    async def _enter(self, body: dict[str, Any], context: AsyncBoltContext, ack: AsyncAck, next: Any) -> None:
        begun = time.perf_counter()
        call = read(body, context, self.slack)
        if call.kind in ("command", "action", "shortcut"):
            await ack()
            ACK.labels(call.kind).observe(time.perf_counter() - begun)
        context.update(self.provided, call=call)
        _call.set(call)
        await next()

    async def _handle(self, call: Call, handler: Callable[[], Awaitable[None]]) -> Refusal | None:
        """Run it, once; what goes wrong is answered. A form's refusal is returned: its place is in the form."""
        structlog.contextvars.bind_contextvars(request=call.id, person=call.person.id, name=call.name)
        outcome = "done"
        try:
            if not await self.inbox.admit(_row(call)):
                outcome = "repeated"
                return None
            await self._identify(call)
            await handler()
        except Refusal as no:
            outcome = no.code.value
            log.info("request.refused", code=no.code, text=call.text[:200])
            if call.kind == "form":
                return no
            await self._answer(call, refused(no))
        except Unavailable as out:
            outcome = "unavailable"
            log.warning("request.unavailable", error=str(out))
            await self._answer(call, unavailable(out))
        except Exception:
            outcome = "bug"
            log.exception("request.bug", reference=call.id)
            await self._answer(call, broken(call.id))
        finally:
            REQUESTS.labels(call.kind, outcome).inc()
        return None

    async def _identify(self, call: Call) -> None:
        """Their name and zone, if Slack says it in time; the name in the request otherwise."""
        if call.person.id:
            with suppress(Unavailable, SlackRefused):
                known = await self.slack.person(call.person.id)
                call.person = known

    async def _close_form(self, call: Call, task: "asyncio.Task[Refusal | None]") -> None:
        """Acknowledge a submitted form: with its errors, when they are known in time."""
        done, _ = await asyncio.wait({task}, timeout=FORM_PATIENCE)
        no = task.result() if done else None
        if no is None:
            await call.ack()
            no = await task
            if no is not None:
                await self._answer(call, refused(no))
            return
        values = call.body["view"]["state"]["values"]
        block = FIELDS.get(no.code, "")
        where = block if block in values else next(iter(values), "")
        await call.ack(response_action="errors", errors={where: plainly(f"{no.text} {no.hint}")[:2000]})

    async def _answer(self, call: Call, message: Message) -> None:
        try:
            await call.reply(message)
        except Exception:  # the answer may get lost, the record of what happened may not
            log.exception("request.unanswered", reference=call.id)


def _begins_with(verb: str) -> Callable[..., Awaitable[bool]]:
    async def matches(command: dict[str, Any]) -> bool:
        return str(command.get("text") or "").split(maxsplit=1)[:1] == [verb]

    return matches


def _row(call: Call) -> Request:
    return Request(
        key=call.key,
        kind=call.kind,
        name=call.name,
        person=call.person.id,
        channel=call.channel,
        text=(call.text or call.value)[:500],
        at=datetime.now(UTC),
    )

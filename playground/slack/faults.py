"""Faults on demand: what a real network and a real Slack do on a bad day."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from playground.slack.errors import Json, SlackError

CallFault = Literal["ratelimited", "http_500", "latency", "hang", "reset_before", "reset_after", "error"]
EnvelopeFault = Literal["duplicate_delivery", "late_delivery", "drop_ack"]


@dataclass(slots=True)
class Fault:
    """A fault for the next `count` calls of `method` ("*" for any), or for the next `count` envelopes."""

    kind: str
    method: str = "*"
    count: int = 1
    retry_after: int = 1
    seconds: float = 0.5
    error: str = "fatal_error"


class Faults:
    """What is still to go wrong. Faults wear off by being used."""

    def __init__(self) -> None:
        self._queue: list[Fault] = []
        self.token_revoked = False

    def add(self, wish: Json) -> None:
        """Queue a fault as the control API describes it. Raises SlackError unknown_fault."""
        kind = str(wish.get("kind", ""))
        if kind not in (*get_args(CallFault), *get_args(EnvelopeFault)):
            raise SlackError("unknown_fault", detail=kind)
        fault = Fault(kind, str(wish.get("method", "*")))
        fault.count, fault.retry_after = int(wish.get("count", 1)), int(wish.get("retry_after", 1))
        fault.seconds, fault.error = float(wish.get("seconds", 0.5)), str(wish.get("error", "fatal_error"))
        self._queue.append(fault)

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._queue.clear()
        self.token_revoked = False

    def for_call(self, method: str) -> Fault | None:
        """The fault that befalls this call, used up by one."""
        return self._use(lambda fault: fault.kind in get_args(CallFault) and fault.method in (method, "*"))

    def for_envelope(self, kind: EnvelopeFault) -> Fault | None:
        """The fault of that kind that befalls this envelope, used up by one."""
        return self._use(lambda fault: fault.kind == kind)

    def _use(self, fits: Callable[[Fault], bool]) -> Fault | None:
        fault = next((one for one in self._queue if fits(one)), None)
        if fault:
            fault.count -= 1
            if fault.count <= 0:
                self._queue.remove(fault)
        return fault

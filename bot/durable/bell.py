"""When a queue is worth a look in the database."""

from time import monotonic


class Bell:
    """Queues are looked at once after it rang; unasked every `rest` seconds, and all the time in the first two."""

    def __init__(self, rest: float) -> None:
        self._rest = rest
        self._rings = 0
        self._looks: dict[str, tuple[int, float]] = {}
        self._calm = monotonic() + 2  # while DBOS puts what was under way back into the queues

    def ring(self) -> None:
        """Something may have become startable. On the event loop only."""
        self._rings += 1

    def scopes(self, queue_name: str) -> list[str | None]:
        """What DBOS' thread for this queue asks before each look: parts to look at. There is one, which has no name."""
        now, rings = monotonic(), self._rings
        heard, looked = self._looks.get(queue_name, (-1, 0.0))
        if heard == rings and now < looked + self._rest and now > self._calm:
            return []
        self._looks[queue_name] = rings, now
        return [None]

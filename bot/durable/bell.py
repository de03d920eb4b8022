"""When a queue is worth a look in the database."""

from time import monotonic


class Bell:
    """Queues are looked at after it rang, for a moment and at least once; unasked every `rest` seconds."""

    def __init__(self, rest: float) -> None:
        self._rest = rest
        self._rings = 0
        self._looks: dict[str, tuple[int, float]] = {}
        self._calm = monotonic() + 2  # while DBOS puts what was under way back into the queues

    def ring(self) -> None:
        """Something may have become startable. On the event loop only."""
        self._rings += 1
        # One look is not always enough: DBOS gives it up when another replica looks at the same rows.
        self._calm = max(self._calm, monotonic() + 0.5)

    def scopes(self, queue_name: str) -> list[str | None]:
        """What DBOS' thread for this queue asks before each look: parts to look at. There is one, which has no name."""
        now, rings = monotonic(), self._rings
        heard, looked = self._looks.get(queue_name, (-1, 0.0))
        if heard == rings and now > self._calm and now < looked + self._rest:
            return []
        self._looks[queue_name] = rings, now
        return [None]

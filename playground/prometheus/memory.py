"""What was asked of the past is not calculated again: whoever watches asks for nearly the same every second."""

from playground.prometheus.promql.evaluation import Value
from playground.prometheus.store import Store

MOST = 50_000  # values, of all queries together


class Memory:
    """The values of queries over one store, by their time in milliseconds since 1970."""

    def __init__(self, store: Store) -> None:
        self._store, self._late = store, store.late
        self._known: dict[str, dict[int, Value]] = {}

    def of(self, query: str) -> dict[int, Value]:
        """What is known of a query, to be added to. A sample that came late makes it forget everything."""
        if "offset" in query:
            return {}  # it may look ahead
        if self._late != self._store.late or sum(map(len, self._known.values())) > MOST:
            self._known.clear()
            self._late = self._store.late
        return self._known.setdefault(query, {})

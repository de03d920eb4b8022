"""Which kinds the API serves now: those of a group of custom resources only while it is installed."""

from playground.cluster.api.kinds import KINDS, Kind
from playground.cluster.api.store import Store


class Served:
    """All kinds, but for the custom ones of groups that were uninstalled."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._absent: set[str] = set()

    @property
    def kinds(self) -> tuple[Kind, ...]:
        return tuple(kind for kind in KINDS if kind.group not in self._absent)

    def has_group(self, group: str) -> bool:
        return any(kind.group == group for kind in self.kinds)

    def install(self, group: str) -> None:
        """Serve a group again; it is empty."""
        self._absent.discard(group)

    def uninstall(self, group: str) -> None:
        """Serve a group no longer; its objects are gone. KeyError for one that is not of custom resources."""
        custom = [kind for kind in KINDS if kind.is_custom and kind.group == group]
        if not custom:
            raise KeyError(group)
        for kind in custom:
            for thing in self._store.all(kind):
                self._store.remove(kind, thing)
        self._absent.add(group)

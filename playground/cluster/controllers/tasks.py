"""What a container does that is meant to end, as that of a Job: how long it takes, how it ends and what it writes.

Its command decides, and the tag of its image: `…badmigration…` fails on the way up, `…irreversible…` on the way down,
`…slowmigration…` takes a minute; `sleep <seconds>`, `true` and `false` do what they always do.
"""

from typing import NamedTuple

from playground.cluster.api.kinds import Object
from playground.cluster.api.pod_defaults import image_tag
from playground.cluster.controllers.fates import Fate, fate_of, start_lines

MIGRATION, SLOW_MIGRATION = 2.0, 60.0  # simulated seconds
_LOG = "INFO  [alembic.runtime.migration] "
_OPENING = (f"{_LOG}Context impl PostgresqlImpl.", f"{_LOG}Will assume transactional DDL.")
_UP = (
    f"{_LOG}Running upgrade 0041 -> 0042, orders have a currency",
    f"{_LOG}Running upgrade 0042 -> 0043, prices are indexed by product",
)
_DOWN = (f"{_LOG}Running downgrade 0043 -> 0042, prices are indexed by product",)
_TRACE = ("Traceback (most recent call last):", '  File "/app/migrations/versions/{file}", line {line}, in {step}')
_UP_FAILS = (
    _UP[0],
    *(line.format(file="0042_orders_currency.py", line=31, step="upgrade") for line in _TRACE),
    '    op.alter_column("orders", "currency", nullable=False)',
    'psycopg.errors.NotNullViolation: column "currency" of relation "orders" contains null values',
    "[SQL: ALTER TABLE orders ALTER COLUMN currency SET NOT NULL]",
)
_DOWN_FAILS = (
    _DOWN[0],
    *(line.format(file="0043_prices_index.py", line=44, step="downgrade") for line in _TRACE),
    '    raise NotImplementedError("0043 dropped the old prices: there is no way back")',
    "NotImplementedError: 0043 dropped the old prices: there is no way back",
)


class Task(NamedTuple):
    """Simulated seconds, what is written meanwhile, evenly, and the code that it ends with."""

    seconds: float
    lines: tuple[str, ...]
    exit_code: int = 0


def task_of(container: Object) -> Task:
    """What a container will do."""
    words = [str(word) for word in (*(container.get("command") or ()), *(container.get("args") or ()))]
    tag, image = image_tag(container["image"]), str(container["image"])
    match words:
        case ["sleep", amount] if amount.isdecimal():
            return Task(float(amount), ())
        case ["true" | "false" as end]:
            return Task(0.1, (), int(end == "false"))
    if fate_of(image) is Fate.CRASH:
        return Task(1.0, tuple(start_lines(str(container["name"]), image)), 1)
    seconds = SLOW_MIGRATION if "slowmigration" in tag else MIGRATION
    if any(word in ("downgrade", "down") for word in words):
        fails = "irreversible" in tag
        return Task(seconds, (*_OPENING, *(_DOWN_FAILS if fails else _DOWN)), int(fails))
    fails = "badmigration" in tag
    return Task(seconds, (*_OPENING, *(_UP_FAILS if fails else _UP)), int(fails))

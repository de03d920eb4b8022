"""Logs: a JSON object a line, whoever writes it, with the request it belongs to; no secret ever gets into one.

Facts that hold for a while (request, user, channel, deploy) are bound with `structlog.contextvars.bound_contextvars`.
"""

import json
import logging
import sys
from collections.abc import Iterable
from contextlib import suppress
from typing import TextIO

import structlog
from pydantic import SecretStr
from structlog.stdlib import ProcessorFormatter
from structlog.typing import Processor

from bot.redaction import Redactor

CHATTY = ("alembic", "apscheduler")  # their INFO says what is so at every start


def configure(
    level: str = "INFO", stream: TextIO | None = None, *, pretty: bool = False, secrets: Iterable[SecretStr] = ()
) -> None:
    """Send everything at or above `level` to `stream` (else stderr): as JSON, or `pretty` for people at a terminal.

    `secrets` are hidden wherever they appear, also those without a tell-tale shape. May be called again.
    """
    before: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    people = structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    render: Processor = people if pretty else structlog.processors.JSONRenderer(ensure_ascii=False)
    formatter = ProcessorFormatter(
        foreign_pre_chain=[*before, structlog.stdlib.ExtraAdder()],
        processors=[
            ProcessorFormatter.remove_processors_meta,
            structlog.processors.StackInfoRenderer(),
            structlog.processors.format_exc_info,  # plain tracebacks: the values of local variables stay out
            Redactor(secrets),
            render,
        ],
    )
    handler = _Handler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    for old in [one for one in root.handlers if isinstance(one, _Handler)]:
        root.removeHandler(old)
    root.addHandler(handler)
    root.setLevel(level)
    for name in CHATTY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            structlog.stdlib.PositionalArgumentsFormatter(),
            *before,
            ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )


def adopt(name: str) -> None:
    """Let a library's logger that brought handlers of its own (dbos does) write like everybody else."""
    logger = logging.getLogger(name)
    logger.handlers.clear()
    logger.propagate = True


class _Handler(logging.StreamHandler[TextIO]):
    def handleError(self, record: logging.LogRecord) -> None:
        """Name a line that can't be written, without what was in it: logging itself would print all of that."""
        with suppress(OSError, ValueError):  # the stream is gone: there is nobody left to tell
            lost = {"level": "error", "event": "a log line was lost", "at": f"{record.pathname}:{record.lineno}"}
            self.stream.write(json.dumps(lost) + "\n")

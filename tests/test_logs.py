"""Logs: one form for everybody's lines, and no secret in any of them."""

import asyncio
import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from pydantic import BaseModel, SecretStr

from bot import logs
from bot.redaction import HIDDEN

SIGNING = SecretStr("0123456789abcdef0123")
Lines = Callable[[], list[dict[str, Any]]]


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    """Where logs go; afterwards logging is as it was."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    written = io.StringIO()
    logs.configure("INFO", written, secrets=[SIGNING])
    yield written
    root.handlers[:], root.level = handlers, level
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


@pytest.fixture
def lines(stream: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in stream.getvalue().splitlines()]


def test_our_lines_and_those_of_libraries_have_the_same_form(lines: Lines) -> None:
    structlog.get_logger("bot.gate").info("asked", words=3)
    logging.getLogger("slack_bolt.AsyncApp").info("asked %d", 3, extra={"words": 3})
    ours, theirs = lines()
    theirs.pop("message", None)  # pytest's own handler has left it on the record
    assert ours.keys() == theirs.keys() == {"event", "words", "logger", "level", "timestamp"}
    assert (ours["event"], ours["logger"], ours["level"], ours["words"]) == ("asked", "bot.gate", "info", 3)
    assert (theirs["event"], theirs["logger"]) == ("asked 3", "slack_bolt.AsyncApp")
    assert ours["timestamp"].endswith("Z")


async def test_a_line_says_which_request_it_belongs_to_whoever_writes_it(lines: Lines) -> None:
    async def elsewhere() -> None:
        logging.getLogger("dbos").warning("deep inside")

    with structlog.contextvars.bound_contextvars(request="r1", user="U0DANA", channel="C0DEPLOYS", deploy="d1"):
        structlog.get_logger().info("here")
        await asyncio.create_task(elsewhere())
    structlog.get_logger().info("after")
    here, there, after = lines()
    assert here["request"] == there["request"] == "r1"
    assert (there["user"], there["channel"], there["deploy"]) == ("U0DANA", "C0DEPLOYS", "d1")
    assert "request" not in after


def test_lines_below_the_level_are_not_written(lines: Lines, stream: io.StringIO) -> None:
    logs.configure("WARNING", stream)
    structlog.get_logger("x").info("quiet")
    logging.getLogger("y").info("quiet")
    structlog.get_logger("x").warning("loud")
    assert [line["event"] for line in lines()] == ["loud"]


def test_configuring_again_does_not_double_the_lines(lines: Lines, stream: io.StringIO) -> None:
    logs.configure("INFO", stream)
    logging.getLogger("x").info("once")
    assert len(lines()) == 1


def test_a_library_with_handlers_of_its_own_is_adopted(lines: Lines) -> None:
    logger = logging.getLogger("stubborn")
    own = io.StringIO()
    logger.addHandler(logging.StreamHandler(own))
    logger.propagate = False
    logs.adopt("stubborn")
    logger.warning("like everybody else")
    assert [line["event"] for line in lines()] == ["like everybody else"]
    assert own.getvalue() == ""


def test_an_exception_is_told_with_its_traceback(lines: Lines) -> None:
    try:
        raise ValueError("broken")
    except ValueError:
        structlog.get_logger("x").exception("ours")
        logging.getLogger("y").exception("theirs")
    for line in lines():
        assert line["level"] == "error"
        assert "in test_an_exception" in line["exception"]
        assert line["exception"].endswith("ValueError: broken")


def test_people_at_a_terminal_can_read_it(stream: io.StringIO) -> None:
    logs.configure("INFO", stream, pretty=True)
    try:
        raise ValueError("xoxb-1-hush")
    except ValueError:
        structlog.get_logger("x").exception("broken", user="U0DANA", token="hush")
    assert "broken" in stream.getvalue()
    assert "U0DANA" in stream.getvalue()
    assert "ValueError" in stream.getvalue()
    assert "hush" not in stream.getvalue()


def test_a_line_that_can_not_be_made_is_named_without_its_content(
    lines: Lines, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = [handler for handler in logging.getLogger().handlers if type(handler).__module__ == logs.__name__]
    monkeypatch.setattr(logging.getLogger(), "handlers", ours)  # without pytest's, which raises
    logging.getLogger("x").warning("%d", "hush")
    (line,) = lines()
    assert line["event"] == "a log line was lost"
    assert "test_logs.py" in line["at"]
    assert "hush" not in json.dumps(line) + capsys.readouterr().err


def test_a_closed_stream_stops_nobody(stream: io.StringIO, capsys: pytest.CaptureFixture[str]) -> None:
    stream.close()
    structlog.get_logger("x").warning("into the void")
    assert capsys.readouterr().err == ""


class Holder(BaseModel):
    token: SecretStr
    plain: str


class Careless:
    def __init__(self, text: str) -> None:
        self.text = text

    def __repr__(self) -> str:
        return f"<Careless {self.text}>"


def chained(text: str) -> None:
    try:
        try:
            raise ConnectionError(text)
        except ConnectionError as error:
            raise RuntimeError("outer") from error
    except RuntimeError:
        structlog.get_logger("x").exception("failed")
        logging.getLogger("y").exception("failed")


WAYS: dict[str, Callable[[str], None]] = {
    "as the event": lambda text: structlog.get_logger("x").info(text),
    "inside the event": lambda text: structlog.get_logger("x").info(f"({text}), and so on"),
    "as an argument": lambda text: structlog.get_logger("x").info("got %s", text),
    "as a value": lambda text: structlog.get_logger("x").info("got", value=text),
    "deep in a value": lambda text: structlog.get_logger("x").info("got", value={"a": [{"b": (text,)}]}),
    "very deep in a value": lambda text: structlog.get_logger("x").info("got", value=[[[[[[[[[[[text]]]]]]]]]]]),
    "as a key": lambda text: structlog.get_logger("x").info("got", value={text: 1}),
    "as bytes": lambda text: structlog.get_logger("x").info("got", value=text.encode()),
    "in an object": lambda text: structlog.get_logger("x").info("got", value=Careless(text)),
    "in a model": lambda text: structlog.get_logger("x").info("got", value=Holder(token=SecretStr(text), plain=text)),
    "in the context": lambda text: structlog.get_logger("x").bind(value=text).info("got"),
    "in a library's argument": lambda text: logging.getLogger("y").info("got %s", text),
    "in a library's mapping": lambda text: logging.getLogger("y").info("got %s", {"a": text}),
    "in a library's extra": lambda text: logging.getLogger("y").info("got", extra={"value": text}),
    "in an exception's cause": chained,
    "in the stack": lambda text: logging.getLogger("y").info("got %s", text, stack_info=True),
}

SECRETS = {
    "a bot token": "xoxb-17653672481-19874698323-pdFZKVeTuE8sk7oOcHrzqqgy",
    "an app token": "xapp-1-A0QDECK-123-abcdef0123456789",
    "a refresh token": "xoxe.xoxp-1-Mi0yLTE0NzY",
    "a bearer": "Authorization: Bearer s3cr3t-f00",
    "a header": "'authorization': 'Basic cTpzM2NyM3Q='",
    "a response_url": "https://hooks.slack.com/commands/T0HARBOUR/1/s3cr3t",
    "a webhook": "https://hooks.slack.com/services/T0/B0/s3cr3t",
    "a loopback response_url": "http://127.0.0.1:4000/response/s3cr3t",
    "a token in a query": "https://example.com/a?b=1&token=s3cr3t&c=2",
    "a ticket of Socket Mode": "wss://wss-primary.slack.com/link/?ticket=s3cr3t&app_id=A0",
    "a database password": "postgresql://quarterdeck:s3cr3t@db/quarterdeck",
    "a verification token": '{"token":"s3cr3t","team_id":"T0"}',
    "a service account": "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlIn0.s3cr3t_s3cr3t",
    "a private key": "-----BEGIN RSA PRIVATE KEY-----\ns3cr3t\n-----END RSA PRIVATE KEY-----",
    "what has no shape but is known": SIGNING.get_secret_value(),
}
TELLTALES = ["pdFZKVeTuE8sk7oOcHrzqqgy", "abcdef0123456789", "Mi0yLTE0NzY", "s3cr3t", "s3cr3t-f00", "cTpzM2NyM3Q"]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("secret", SECRETS)
def test_no_secret_is_ever_written(stream: io.StringIO, secret: str, way: str) -> None:
    WAYS[way](SECRETS[secret])
    written = stream.getvalue()
    assert written
    assert HIDDEN in written or "**********" in written
    assert not [telltale for telltale in [*TELLTALES, SIGNING.get_secret_value()] if telltale in written]

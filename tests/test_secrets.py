"""Secrets that config only names."""

import asyncio
import json
import time
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, ConnectTimeoutError, NoCredentialsError, ReadTimeoutError
from moto import mock_aws
from pydantic import BaseModel, SecretStr

from bot.errors import Code, Refusal, Unavailable
from bot.secrets import SecretRef, held, mistakes, recognise, resolve, stores_named
from integrations.secrets import aws_secretsmanager
from integrations.secrets.aws_secretsmanager import Options, SecretsManager, connect

BOT = "secret://aws-secretsmanager/quarterdeck/slack#bot_token"


class Slack(BaseModel):
    bot_token: SecretStr | None = None
    app_token: SecretStr | None = None
    channel: str = "deploys"


class Config(BaseModel):
    slack: Slack = Slack()
    names: tuple[str, ...] = ()
    targets: dict[str, dict[str, Any]] = {}


class Store:
    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []

    async def fetch(self, name: str, key: str) -> str:
        self.asked.append((name, key))
        return f"{name}:{key}"


def test_a_reference_is_recognised_and_spelled_back() -> None:
    ref = recognise(BOT)
    assert ref == SecretRef("aws-secretsmanager", "quarterdeck/slack", "bot_token")
    assert str(ref) == BOT
    arn = recognise("secret://aws-secretsmanager/arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf#k")
    assert arn is not None
    assert arn.name == "arn:aws:secretsmanager:eu-west-1:1:secret:x-AbCdEf"
    assert recognise("xoxb-1") is None


@pytest.mark.parametrize(
    "text", ["secret://", "secret://a", "secret://a/b", "secret://a/#k", "secret://a/b#", "secret://A/b#c"]
)
def test_a_reference_that_is_written_wrongly_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="no secret reference"):
        recognise(text)


def test_mistakes_name_the_setting() -> None:
    config = Config(
        slack=Slack(bot_token=SecretStr("secret://x"), app_token=SecretStr(BOT), channel=BOT),
        names=("x", BOT),
        targets={"api": {"token": BOT, "list": ["secret://"]}},
    )
    assert list(mistakes(config)) == [
        (("slack", "bot_token"), "is no secret reference: write secret://<store>/<name>#<key>"),
        (("slack", "channel"), "can't be a secret reference: this setting is no secret"),
        (("names", 1), "can't be a secret reference: this setting is no secret"),
        (("targets", "api", "list", 0), "is no secret reference: write secret://<store>/<name>#<key>"),
    ]


async def test_references_are_replaced_wherever_secrets_may_stand_each_fetched_once() -> None:
    store = Store()
    config = Config(
        slack=Slack(bot_token=SecretStr("secret://vault/a#b"), app_token=SecretStr("xapp-1")),
        targets={"api": {"password": "secret://vault/a#b", "list": ["secret://vault/c#d", 7], "plain": "x"}},
    )
    resolved = await resolve(config, {"vault": store})
    assert resolved.slack.bot_token == SecretStr("a:b")
    assert resolved.slack.app_token == SecretStr("xapp-1")
    assert resolved.targets == {"api": {"password": SecretStr("a:b"), "list": [SecretStr("c:d"), 7], "plain": "x"}}
    assert store.asked == [("a", "b"), ("c", "d")]
    assert config.slack.bot_token == SecretStr("secret://vault/a#b")


def test_the_stores_that_are_needed_and_the_secrets_that_are_held_can_be_told() -> None:
    config = Config(slack=Slack(bot_token=SecretStr(BOT), app_token=SecretStr("xapp-1")), targets={"api": {"a": "b"}})
    assert stores_named(config) == {"aws-secretsmanager"}
    assert held(config) == [SecretStr(BOT), SecretStr("xapp-1")]
    assert stores_named(Config()) == set()
    assert held(Config()) == []


async def test_without_references_nothing_is_asked() -> None:
    assert await resolve(Config(), {}) == Config()


async def test_a_store_that_there_is_none_of_is_refused() -> None:
    with pytest.raises(Refusal, match="no secret store `vault`") as caught:
        await resolve(Config(slack=Slack(bot_token=SecretStr("secret://vault/a#b"))), {})
    assert caught.value.code is Code.NOT_FOUND


@pytest.fixture
def aws() -> Iterator[Any]:
    with mock_aws():
        client = boto3.client("secretsmanager", region_name="eu-west-1")
        client.create_secret(
            Name="quarterdeck/slack", SecretString=json.dumps({"bot_token": "xoxb-1", "n": 7, "e": ""})
        )
        client.create_secret(Name="text", SecretString="hush, no JSON")
        client.create_secret(Name="list", SecretString='["hush"]')
        client.create_secret(Name="binary", SecretBinary=b"hush")
        yield client


async def test_a_value_comes_out_of_secrets_manager(aws: Any) -> None:
    store = connect(Options(region="eu-west-1"))
    both = await asyncio.gather(*(store.fetch("quarterdeck/slack", "bot_token") for _ in range(2)))
    assert both == ["xoxb-1", "xoxb-1"]


@pytest.mark.parametrize(
    ("name", "key", "code", "words"),
    [
        ("nothing", "x", Code.NOT_FOUND, "ResourceNotFoundException"),
        ("quarterdeck/slack", "x", Code.NOT_FOUND, "has no key `x`"),
        ("quarterdeck/slack", "n", Code.INVALID, "is no text"),
        ("quarterdeck/slack", "e", Code.INVALID, "is no text"),
        ("text", "x", Code.INVALID, "no JSON object"),
        ("list", "x", Code.INVALID, "no JSON object"),
        ("binary", "x", Code.INVALID, "is binary"),
    ],
)
async def test_what_is_not_there_is_refused_without_a_word_of_what_is(
    aws: Any, name: str, key: str, code: Code, words: str
) -> None:
    with pytest.raises(Refusal, match=words) as caught:
        await connect(Options(region="eu-west-1")).fetch(name, key)
    assert caught.value.code is code
    error: BaseException | None = caught.value
    while error:
        assert "hush" not in repr(error) + repr(vars(error))
        error = error.__cause__ or error.__context__


class Broken:
    """A client whose every call ends with this error."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def get_secret_value(self, **_: Any) -> Any:
        raise self.error


def aws_says(word: str) -> ClientError:
    return ClientError({"Error": {"Code": word, "Message": "hush"}}, "GetSecretValue")


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (aws_says("AccessDeniedException"), Code.TARGET_FORBIDS),
        (aws_says("DecryptionFailure"), Code.INVALID),
        (NoCredentialsError(), Code.INVALID),
        (aws_says("ThrottlingException"), None),
        (aws_says("InternalServiceError"), None),
        (ConnectTimeoutError(endpoint_url="https://x"), None),
        (ReadTimeoutError(endpoint_url="https://x"), None),
    ],
    ids=str,
)
async def test_errors_tell_apart_what_may_pass(error: Exception, expected: Code | None) -> None:
    store = SecretsManager(Options(region="eu-west-1"))
    store._made = Broken(error)  # type: ignore[assignment]  # botocore's errors can't be had from moto
    with pytest.raises((Refusal, Unavailable)) as caught:
        await store.fetch("x", "y")
    assert getattr(caught.value, "code", None) is expected
    assert "hush" not in str(caught.value)


async def test_without_a_region_it_says_so(aws: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    with pytest.raises(Refusal, match="NoRegionError"):
        await connect(Options()).fetch("x", "y")


async def test_a_store_that_keeps_silent_is_unavailable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aws_secretsmanager, "DEADLINE", 0.01)
    monkeypatch.setattr(SecretsManager, "_read", lambda *_: time.sleep(0.05))
    with pytest.raises(Unavailable, match="did not answer"):
        await connect(Options()).fetch("x", "y")

"""AWS Secrets Manager as a secret store: secret://aws-secretsmanager/<name or ARN>#<key of the JSON object>."""

import asyncio
import json
import threading
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from bot.blocks import code
from bot.errors import Code, Refusal, Unavailable
from bot.secrets import SecretStore

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

SYSTEM = "AWS Secrets Manager"
DEADLINE = 20.0  # seconds for one secret: two tries of 2 s to connect and 5 s to read, and room for credentials

# What trying again can't help; every other error may pass (docs.aws.amazon.com, GetSecretValue, Errors).
FINAL = {
    "ResourceNotFoundException": Code.NOT_FOUND,
    "AccessDeniedException": Code.TARGET_FORBIDS,
    "ExpiredTokenException": Code.TARGET_FORBIDS,
    "InvalidSignatureException": Code.TARGET_FORBIDS,
    "UnrecognizedClientException": Code.TARGET_FORBIDS,
    "DecryptionFailure": Code.INVALID,
    "InvalidParameterException": Code.INVALID,
    "InvalidRequestException": Code.INVALID,
    "ValidationException": Code.INVALID,
}


class Options(BaseModel):
    """Where to ask; unset, what AWS's own configuration says. Credentials always come from there."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    region: str | None = None
    endpoint_url: str | None = None


def connect(options: Options) -> SecretStore:
    """The store; nothing is asked before the first `fetch`."""
    return SecretsManager(options)


class SecretsManager:
    """`bot.secrets.SecretStore` over boto3, whose calls block and so run in threads."""

    def __init__(self, options: Options) -> None:
        self._options = options
        self._made: SecretsManagerClient | None = None
        self._making = threading.Lock()

    async def fetch(self, name: str, key: str) -> str:
        """See the port."""
        try:
            async with asyncio.timeout(DEADLINE):
                text = await asyncio.to_thread(self._read, name)
        except TimeoutError as error:
            raise Unavailable(SYSTEM, f"did not answer within {DEADLINE:.0f} s about {name}") from error
        return _value(text, name, key)

    def _read(self, name: str) -> str:
        from botocore import exceptions  # on first use, like boto3 in _client

        try:
            answer = self._client().get_secret_value(SecretId=name)
        except exceptions.ClientError as error:
            raise _judged(error.response["Error"]["Code"], name) from None
        except (exceptions.HTTPClientError, exceptions.ConnectionError, exceptions.CredentialRetrievalError) as error:
            raise Unavailable(SYSTEM, type(error).__name__) from None
        except exceptions.BotoCoreError as error:  # no credentials, no region, no such profile
            raise Refusal(Code.INVALID, f"{SYSTEM} can't be asked: {type(error).__name__}.") from None
        if "SecretString" not in answer:
            raise Refusal(Code.INVALID, f"The secret {code(name)} is binary; a JSON object is expected.")
        return answer["SecretString"]

    def _client(self) -> "SecretsManagerClient":
        # boto3 takes half a second to import, and most who run the bot do without it.
        import boto3
        from botocore.config import Config

        with self._making:  # making clients is not thread-safe, using them is
            if self._made is None:
                config = Config(connect_timeout=2, read_timeout=5, retries={"max_attempts": 2, "mode": "standard"})
                self._made = boto3.session.Session().client(
                    "secretsmanager",
                    region_name=self._options.region,
                    endpoint_url=self._options.endpoint_url,
                    config=config,
                )
            return self._made


def _judged(word: str, name: str) -> Exception:
    if word in FINAL:
        return Refusal(FINAL[word], f"{SYSTEM} refuses the secret {code(name)}: {word}.")
    return Unavailable(SYSTEM, f"{word} about {name}")


def _value(text: str, name: str, key: str) -> str:
    try:
        held = json.loads(text)
    except ValueError:
        held = None  # the decoder's own error would carry the text along
    if not isinstance(held, dict):
        raise Refusal(Code.INVALID, f"The secret {code(name)} is no JSON object.")
    if key not in held:
        raise Refusal(Code.NOT_FOUND, f"The secret {code(name)} has no key {code(key)}.")
    if not isinstance(held[key], str) or not held[key]:
        raise Refusal(Code.INVALID, f"{code(key)} of the secret {code(name)} is no text.")
    return str(held[key])

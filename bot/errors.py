"""What can go wrong, as three words.

Exception
├── Refusal(code)        a no with a reason: shown to the person, recorded, nothing was done
├── Unavailable(system)  somebody else's system did not answer: retried by the flow, then said plainly
└── anything else        a bug: recorded with a reference number, which the person is given
"""

from enum import StrEnum


class Code(StrEnum):
    """Why something was refused. Stable: tests, the audit log and other tools read these words."""

    ALREADY_DECIDED = "already_decided"
    ALREADY_RUNNING = "already_running"
    BAD_VERSION = "bad_version"
    CONFLICT = "conflict"
    EXPIRED = "expired"
    FENCED = "fenced"
    INVALID = "invalid"
    LOCKED = "locked"
    MISSING_WORD = "missing_word"
    NOT_FOUND = "not_found"
    NOTHING_TO_ROLL_BACK = "nothing_to_roll_back"
    PERMISSION_DENIED = "permission_denied"
    SELF_APPROVAL = "self_approval"
    TARGET_FORBIDS = "target_forbids"
    TOO_LONG = "too_long"
    TOO_MANY_WORDS = "too_many_words"
    UNKNOWN_ENVIRONMENT = "unknown_environment"
    UNKNOWN_SERVICE = "unknown_service"
    UNKNOWN_VERB = "unknown_verb"


class Refusal(Exception):
    """A no with a reason.

    `text` is mrkdwn, already escaped: what is wrong and what is still true. `hint` is the next right thing to do
    (a command to type, a person to ask); empty where there is none.
    """

    def __init__(self, code: Code, text: str, hint: str = "") -> None:
        super().__init__(text)
        self.code, self.text, self.hint = code, text, hint


class Unavailable(Exception):
    """Somebody else's system did not answer, or answered that it can't now.

    `retry_after` is in seconds; None where the system did not say.
    """

    def __init__(self, system: str, text: str, retry_after: float | None = None) -> None:
        super().__init__(f"{system}: {text}")
        self.system, self.text, self.retry_after = system, text, retry_after

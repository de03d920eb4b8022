"""What every part of the workspace shares: the JSON type and the answer that says no."""

from typing import Any

Json = dict[str, Any]


class SlackError(Exception):
    """An `ok: false` answer. `error` is Slack's word for it; `extra` goes into the answer beside it."""

    def __init__(self, error: str, **extra: Any) -> None:
        super().__init__(error)
        self.error, self.extra = error, extra

    def body(self) -> Json:
        """The answer as JSON."""
        return {"ok": False, "error": self.error, **self.extra}


def invalid(*messages: str) -> SlackError:
    """The refusal of arguments that don't fit, in the form that the Web API gives it."""
    return SlackError("invalid_arguments", response_metadata={"messages": [f"[ERROR] {one}" for one in messages]})

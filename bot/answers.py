"""The answers to what did not work: what is wrong, what is still true, what to do next."""

from bot.blocks import Message, code, message, section
from bot.errors import Refusal, Unavailable


def refused(no: Refusal) -> Message:
    """A no with its reason and the next right thing."""
    return message(section(f"{no.text}\n{no.hint}" if no.hint else no.text))


def unavailable(out: Unavailable) -> Message:
    """Somebody else's system does not answer."""
    return message(section(f"{out.system} does not answer right now, so I did nothing. Try again in a minute."))


def broken(reference: str) -> Message:
    """A bug of ours."""
    text = f"That went wrong inside of Quarterdeck, and it is our mistake. Reference: {code(reference)}."
    return message(section(f"{text}\nWhat was recorded before still stands; `/deploy status` shows it."))


def plainly(text: str) -> str:
    """mrkdwn as plain text, for the places of a form that can't show it."""
    for mark, char in (("`", ""), ("*", ""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")):
        text = text.replace(mark, char)
    return text

"""An emergency that somebody else must sign afterwards: asked for, asked for again, signed."""

from collections.abc import Sequence

from bot.approval.model import Review
from bot.blocks import (
    Block,
    Message,
    actions,
    addressed,
    button,
    clip,
    code,
    context,
    escape,
    labelled,
    message,
    modal,
    section,
    text_input,
    when,
)

NOTE = 1_000  # characters of what was looked at


def emergency(review: Review) -> Message:
    """It was done without approval. Shown in the channel as well; pings nobody, because it is no time for that."""
    what = f"*Emergency:* {_what(review)}: “{escape(clip(review.reason, 600))}”"
    ask = f"Somebody else must look at it afterwards and sign, by {when(review.due_at)}; from then on I ask again."
    return message(section(what), section(ask), _sign(review))


def reminder(review: Review, pinged: Sequence[str]) -> Message:
    """Nobody has signed in time; `pinged` are the mentions of those who may."""
    what = f"*Not signed since {when(review.at)}:* {_what(review)}: “{escape(clip(review.reason, 600))}”"
    ask = addressed(pinged, f"look at it and sign. I ask again {when(review.due_at)}.")
    return message(section(f"{what}\n{ask}"), _sign(review))


def signed(review: Review) -> Message:
    """Somebody has looked at it. Takes the place of each of the messages above."""
    assert review.signed_at, "asked for only what is signed"
    what = f"*Emergency, signed:* {_what(review)}: “{escape(clip(review.reason, 600))}”"
    by = f"{escape(review.signed_name)} signed {when(review.signed_at)}: “{escape(clip(review.note, NOTE))}”"
    return message(section(what), context(by))


def sign_form(review: Review) -> Block:
    """What did you look at? The note is shown and kept."""
    field = text_input("note", multiline=True, most=NOTE, hint="The change, the metrics since, what is left to do")
    blocks = [section(f"{_what(review)}: “{escape(clip(review.reason, 600))}”")]
    blocks.append(labelled("What have you looked at?", field, "note"))
    return modal("Sign", "review:signed", blocks, submit="Sign", metadata=review.subject)


def _what(review: Review) -> str:
    number = escape(review.subject.replace(":", " #"))
    return f"{escape(review.name)} changed {code(review.place)} without approval ({number})"


def _sign(review: Review) -> Block:
    return actions(button("Sign…", "review:sign", review.subject, style="primary"))

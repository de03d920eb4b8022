"""chat.scheduleMessage, deleteScheduledMessage, scheduledMessages.list."""

from playground.slack import content
from playground.slack.backend import Backend
from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError
from playground.slack.limits import Tier
from playground.slack.methods.chat import WRITE, destination, may_post
from playground.slack.timeline import from_bot

FURTHEST = 120 * 86_400  # seconds ahead
WINDOW, MOST_IN_WINDOW = 300, 30  # per channel


def schedule(call: Call) -> Json:
    """Post later. With metadata the message never comes, as on Slack."""
    channel = destination(call)
    may_post(call, channel)
    at, now = call.number("post_at", 0), call.backend.clock.now()
    if at <= now:
        raise SlackError("time_in_past")
    if at - now > FURTHEST:
        raise SlackError("time_too_far")
    planned = call.backend.team.scheduled
    near = [one for one in planned.values() if one["channel_id"] == channel.id and abs(one["post_at"] - at) < WINDOW]
    if len(near) >= MOST_IN_WINDOW:
        raise SlackError("restricted_too_many")
    made, meta = content.message(call.args), content.metadata(call.args)
    key = call.backend.team.new_id("Q")
    about: Json = {"id": key, "channel_id": channel.id, "post_at": at, "date_created": int(now), "text": made["text"]}
    planned[key] = about
    call.backend.tasks.spawn(_post_later(call.backend, about, made, call.text("thread_ts"), lost=bool(meta)))
    body = from_bot(call.backend.manifest.bot_name) | made
    return {"channel": channel.id, "scheduled_message_id": key, "post_at": at, "message": body}


def unschedule(call: Call) -> Json:
    """Don't post after all."""
    key = call.text("scheduled_message_id")
    planned = call.backend.team.scheduled.get(key)
    if planned is None or planned["channel_id"] != call.channel().id:
        raise SlackError("invalid_scheduled_message_id")
    del call.backend.team.scheduled[key]
    return {}


def listing(call: Call) -> Json:
    """What is still to be posted."""
    wanted = call.text("channel")
    planned = [one for one in call.backend.team.scheduled.values() if wanted in ("", one["channel_id"])]
    found, more = call.page(sorted(planned, key=lambda one: int(one["post_at"])))
    return {"scheduled_messages": found, "response_metadata": more}


async def _post_later(backend: Backend, about: Json, made: Json, thread_ts: str, lost: bool) -> None:
    await backend.clock.sleep(about["post_at"] - backend.clock.now())
    if backend.team.scheduled.pop(about["id"], None) and not lost:
        channel = backend.team.channels[about["channel_id"]]
        backend.timeline.post(channel, from_bot(backend.manifest.bot_name) | made, thread_ts)


METHODS = {
    "chat.scheduleMessage": Method(schedule, Tier.T3, WRITE, ("channel", "post_at")),
    "chat.deleteScheduledMessage": Method(unschedule, Tier.T3, WRITE, ("channel", "scheduled_message_id")),
    "chat.scheduledMessages.list": Method(listing, Tier.T3),
}

"""The workspace's things, and the JSON that the Web API shows of them."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal
from zoneinfo import ZoneInfo

from playground.slack.errors import Json
from playground.world import APP_ID, BOT_ID, TEAM_ID, Group, Person

Kind = Literal["channel", "group", "im"]


@dataclass(slots=True)
class Channel:
    """A conversation: public ("channel"), private ("group") or between two ("im"). Messages lie by ts, oldest
    first; `threads` has the replies by the ts of what they reply to.
    """

    id: str
    name: str
    kind: Kind
    creator: str
    created: int
    members: list[str]
    topic: str = ""
    purpose: str = ""
    archived: bool = False
    canvas: str = ""
    messages: dict[str, Json] = field(default_factory=dict)
    threads: dict[str, dict[str, Json]] = field(default_factory=dict)
    ephemerals: dict[str, Json] = field(default_factory=dict)
    pins: dict[str, Json] = field(default_factory=dict)
    bookmarks: dict[str, Json] = field(default_factory=dict)

    def visible_to(self, user: str) -> bool:
        """Whether that person knows that the conversation exists."""
        return self.kind == "channel" or user in self.members

    def other(self, user: str) -> str:
        """In a direct conversation: the one opposite."""
        return next((one for one in self.members if one != user), user)

    def json(self, viewer: str) -> Json:
        """The conversation object, as `viewer` gets it."""
        base: Json = {"id": self.id, "created": self.created, "is_im": self.kind == "im", "is_archived": self.archived}
        base |= {"is_org_shared": False, "context_team_id": TEAM_ID, "updated": self.created * 1000}
        if self.kind == "im":
            return base | {"user": self.other(viewer), "is_user_deleted": False, "priority": 0}
        texts = {"topic": self.topic, "purpose": self.purpose}
        return base | {
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": self.kind == "channel",
            "is_group": self.kind == "group",
            "is_mpim": False,
            "is_private": self.kind == "group",
            "is_general": self.id == "C0GENERAL",
            "is_shared": False,
            "is_ext_shared": False,
            "is_member": viewer in self.members,
            "creator": self.creator,
            "num_members": len(self.members),
            **{key: {"value": text, "creator": self.creator, "last_set": self.created} for key, text in texts.items()},
        }


@dataclass(slots=True)
class View:
    """A modal on a person's stack, or their Home tab. `values` is what they have entered so far."""

    user: str
    body: Json
    values: Json = field(default_factory=dict)

    @property
    def id(self) -> str:
        """The view's id."""
        return str(self.body["id"])

    def json(self) -> Json:
        """The view object with its state."""
        return self.body | {"state": {"values": self.values}}


@dataclass(slots=True)
class File:
    """An upload. Without `content` it has only been announced."""

    id: str
    name: str
    user: str
    created: int
    alt: str = ""
    title: str = ""
    content: bytes | None = None
    shared_in: list[str] = field(default_factory=list)

    def json(self, url: str) -> Json:
        """The file object; `url` is the workspace's own."""
        ending = self.name.rpartition(".")[2].lower() if "." in self.name else "text"
        kinds = {
            "png": "image/png",
            "jpg": "image/jpeg",
            "jpeg": "image/jpeg",
            "gif": "image/gif",
            "svg": "image/svg+xml",
        }
        link = f"{url}/files/{self.id}/{self.name}"
        return {
            "id": self.id,
            "name": self.name,
            "title": self.title or self.name,
            "alt_txt": self.alt,
            "mimetype": kinds.get(ending, "text/plain"),
            "filetype": ending,
            "size": len(self.content or b""),
            "user": self.user,
            "created": self.created,
            "timestamp": self.created,
            "mode": "hosted",
            "url_private": link,
            "url_private_download": link,
            "permalink": link,
            "channels": list(self.shared_in),
            "groups": [],
            "ims": [],
        }


def person_json(person: Person, with_email: bool) -> Json:
    """The user object. The address is there only for those who may read it."""
    offset = datetime.now(UTC).astimezone(ZoneInfo(person.tz)).utcoffset()
    profile: Json = {"real_name": person.real_name, "real_name_normalized": person.real_name}
    profile |= {"display_name": person.name, "display_name_normalized": person.name, "title": person.title}
    profile |= {"team": TEAM_ID, "status_text": "", "status_emoji": "", "image_48": ""}
    if with_email and not person.is_bot:
        profile["email"] = person.email
    if person.is_bot:
        profile |= {"bot_id": BOT_ID, "api_app_id": APP_ID}
    return {
        "id": person.id,
        "team_id": TEAM_ID,
        "name": person.name,
        "real_name": person.real_name,
        "deleted": False,
        "color": person.color,
        "tz": person.tz,
        "tz_label": person.tz,
        "tz_offset": int(offset.total_seconds()) if offset else 0,
        "profile": profile,
        "is_admin": False,
        "is_owner": False,
        "is_restricted": False,
        "is_ultra_restricted": False,
        "is_bot": person.is_bot,
        "is_app_user": False,
        "updated": 0,
    }


def group_json(group: Group, with_users: bool) -> Json:
    """The user group object."""
    base: Json = {"id": group.id, "team_id": TEAM_ID, "is_usergroup": True, "is_subteam": True, "is_external": False}
    base |= {"name": group.name, "handle": group.handle, "description": "", "auto_type": None, "deleted_by": None}
    base |= {"date_create": 0, "date_update": 0, "date_delete": 0, "created_by": "", "updated_by": ""}
    base |= {"prefs": {"channels": [], "groups": []}, "user_count": len(group.users)}
    return base | {"users": list(group.users)} if with_users else base

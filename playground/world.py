"""The world that the playground starts with: one team, its people, groups and channels, and the app's credentials."""

from dataclasses import dataclass

SERVICES = ("api", "web", "cart", "pay")  # of the shop: each has images and a repository of its own
TEAM_ID, TEAM_NAME, TEAM_DOMAIN = "T0HARBOUR", "Harbour", "harbour"
APP_ID, BOT_ID, BOT_USER_ID = "A0QDECK", "B0QDECK", "U0QDECK"
BOT_TOKEN, APP_TOKEN = "xoxb-playground", "xapp-playground"
SIGNING_SECRET = "playground"  # noqa: S105 - opens nothing but this loopback world


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody with an account. `tz` is an IANA zone, `title` the right that they stand for in the scenes."""

    id: str
    name: str
    real_name: str
    email: str
    tz: str
    title: str
    color: str
    is_bot: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """A user group, mentioned by its handle."""

    id: str
    handle: str
    name: str
    users: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Room:
    """A public channel that everybody is a member of, except the bot."""

    id: str
    name: str
    purpose: str


PEOPLE = (
    Person("U0DANA", "dana", "Dana Ortiz", "dana@example.com", "Europe/Berlin", "deployer", "1d7874"),
    Person("U0ARI", "ari", "Ari Novak", "ari@example.com", "America/New_York", "approver", "9b5094"),
    Person("U0CAM", "cam", "Cam Lindqvist", "cam@example.com", "Europe/Stockholm", "commander", "b3541e"),
    Person("U0VIC", "vic", "Vic Moreau", "vic@example.com", "Europe/Paris", "visitor", "4c5fd5"),
)
GROUPS = (
    Group("S0DEPLOY", "deployers", "Deployers", ("U0DANA", "U0ARI")),
    Group("S0APPROVE", "approvers", "Approvers", ("U0ARI", "U0CAM")),
    Group("S0COMMAND", "commanders", "Incident commanders", ("U0CAM",)),
)
ROOMS = (
    Room("C0GENERAL", "general", "Everything that concerns everybody"),
    Room("C0DEPLOYS", "deploys", "What goes out, when, and who said yes"),
    Room("C0INCIDENTS", "incidents", "What is broken and who is on it"),
    Room("C0RANDOM", "random", "The rest"),
)

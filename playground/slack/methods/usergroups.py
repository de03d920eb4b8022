"""usergroups: list, create, users.list, users.update. A free plan has none."""

from playground.slack.call import Call, Method
from playground.slack.errors import Json, SlackError
from playground.slack.limits import Tier
from playground.slack.model import group_json
from playground.slack.tampering import regroup
from playground.world import Group


def listing(call: Call) -> Json:
    """All groups."""
    _paid(call)
    return {"usergroups": [group_json(one, call.flag("include_users")) for one in call.backend.team.groups.values()]}


def create(call: Call) -> Json:
    """A new group, with nobody in it."""
    _paid(call)
    team, name = call.backend.team, call.text("name")
    handle = call.text("handle", name.lower().replace(" ", "-"))
    if any(one.name == name for one in team.groups.values()):
        raise SlackError("name_already_exists")
    if any(one.handle == handle for one in team.groups.values()):
        raise SlackError("handle_already_exists")
    group = Group(team.new_id("S"), handle, name, ())
    team.groups[group.id] = group
    return {"usergroup": group_json(group, with_users=True)}


def users_list(call: Call) -> Json:
    """Who is in a group."""
    return {"users": list(_group(call).users)}


def users_update(call: Call) -> Json:
    """Say who is in a group; all at once."""
    group, users = _group(call), call.many("users")
    if not users:
        raise SlackError("no_users_provided")
    if not set(users) <= set(call.backend.team.people):
        raise SlackError("invalid_users")
    regroup(call.backend, group.id, tuple(users))
    return {"usergroup": group_json(call.backend.team.groups[group.id], with_users=True)}


def _group(call: Call) -> Group:
    _paid(call)
    group = call.backend.team.groups.get(call.text("usergroup"))
    if group is None:
        raise SlackError("no_such_subteam")
    return group


def _paid(call: Call) -> None:
    if call.backend.team.plan == "free":
        raise SlackError("plan_upgrade_required")


READ, WRITE = ("usergroups:read",), ("usergroups:write",)
METHODS = {
    "usergroups.list": Method(listing, Tier.T2, READ),
    "usergroups.create": Method(create, Tier.T2, WRITE, ("name",)),
    "usergroups.users.list": Method(users_list, Tier.T2, READ, ("usergroup",)),
    "usergroups.users.update": Method(users_update, Tier.T2, WRITE, ("usergroup", "users")),
}

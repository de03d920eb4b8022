"""Modals and Home tabs: each person's stack of at most three views, and what they have entered."""

import secrets
from typing import Literal

from playground.slack.errors import Json, SlackError
from playground.slack.feed import Feed
from playground.slack.inputs import initial_values
from playground.slack.model import View
from playground.slack.team import Team
from playground.world import APP_ID, BOT_ID, TEAM_ID

DEEPEST = 3


class Modals:
    """Opens, pushes, updates and closes. Views arrive checked."""

    def __init__(self, team: Team, feed: Feed) -> None:
        self._team, self._feed = team, feed

    def open(self, user: str, body: Json) -> View:
        """A modal as the only one on the person's stack."""
        view = self._view(user, body)
        self._team.stacks[user] = [view]
        self._feed.tell(user, {"type": "view_opened", "view": view.json()})
        return view

    def push(self, user: str, body: Json) -> View:
        """A modal on top of others. Raises SlackError push_limit_reached, not_found."""
        stack = self._team.stacks.get(user, [])
        if not stack:
            raise SlackError("not_found")
        if len(stack) >= DEEPEST:
            raise SlackError("push_limit_reached")
        view = self._view(user, body, stack[-1])
        stack.append(view)
        self._feed.tell(user, {"type": "view_opened", "view": view.json()})
        return view

    def find(self, view_id: str, external_id: str) -> View:
        """An open modal by either id. Raises SlackError not_found."""
        for view in (view for stack in self._team.stacks.values() for view in stack):
            if (view_id and view.id == view_id) or (external_id and view.body["external_id"] == external_id):
                return view
        raise SlackError("not_found")

    def update(self, view: View, body: Json, seen_hash: str = "") -> None:
        """Other contents for an open modal; what was entered under the same ids stays. Raises hash_conflict."""
        if seen_hash and seen_hash != view.body["hash"]:
            raise SlackError("hash_conflict")
        self._check_external_id(body, view)
        kept = {key: view.body[key] for key in ("id", "root_view_id", "previous_view_id")}
        view.body = _completed(body) | kept
        view.values = _merged(initial_values(body["blocks"]), view.values)
        self._feed.tell(view.user, {"type": "view_updated", "view": view.json()})

    def publish(self, user: str, body: Json, seen_hash: str) -> View:
        """Another Home tab. Raises SlackError hash_conflict."""
        before = self._team.homes.get(user)
        if before and seen_hash and seen_hash != before.body["hash"]:
            raise SlackError("hash_conflict")
        self._check_external_id(body, before)
        view = self._view(user, body) if before is None else before
        view.body = _completed(body) | {key: view.body[key] for key in ("id", "root_view_id", "previous_view_id")}
        view.values = initial_values(body["blocks"])
        self._team.homes[user] = view
        self._feed.tell(user, {"type": "home", "view": view.json()})
        return view

    def close(self, view: View, which: Literal["one", "all"] = "one") -> list[View]:
        """Take a modal, or the whole stack, off the screen; answers with what is gone, the topmost first."""
        stack = self._team.stacks.get(view.user, [])
        keep = stack.index(view) if which == "one" and view in stack else 0
        gone = stack[keep:][::-1]
        del stack[keep:]
        for one in gone:
            self._feed.tell(view.user, {"type": "view_closed", "view_id": one.id})
        return gone

    def _view(self, user: str, body: Json, below: View | None = None) -> View:
        self._check_external_id(body, None)
        view_id = self._team.new_id("V")
        root = below.body["root_view_id"] if below else view_id
        ids = {"id": view_id, "root_view_id": root, "previous_view_id": below.id if below else None}
        return View(user, _completed(body) | ids, initial_values(body["blocks"]))

    def _check_external_id(self, body: Json, itself: View | None) -> None:
        wanted = body.get("external_id")
        views = [*self._team.homes.values(), *(view for stack in self._team.stacks.values() for view in stack)]
        if wanted and any(view is not itself and view.body["external_id"] == wanted for view in views):
            raise SlackError("duplicate_external_id")


def _completed(body: Json) -> Json:
    blank: Json = {"private_metadata": "", "callback_id": "", "external_id": "", "title": None, "close": None}
    blank |= {"submit": None, "clear_on_close": False, "notify_on_close": False}
    own = {"team_id": TEAM_ID, "app_id": APP_ID, "app_installed_team_id": TEAM_ID, "bot_id": BOT_ID}
    return blank | body | own | {"hash": f"{secrets.randbelow(10**10):010d}.{secrets.token_urlsafe(6)}"}


def _merged(fresh: Json, entered: Json) -> Json:
    """What was entered, where the view still asks for it under the same ids."""
    return {
        block: {action: entered.get(block, {}).get(action, state) for action, state in states.items()}
        for block, states in fresh.items()
    }

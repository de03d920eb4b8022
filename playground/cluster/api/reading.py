"""Reading: one object, a list in pages, and how answers are written (JSON or a Table)."""

import base64
import json
from typing import NamedTuple

from aiohttp import web

from playground.cluster.api.errors import bad_request, expired, future_revision, not_found, unprocessable, unsupported
from playground.cluster.api.kinds import Kind, Object, name_of, namespace_of
from playground.cluster.api.selectors import Filter, field_filter, label_filter
from playground.cluster.api.store import Store
from playground.cluster.api.tables import COLUMNS, table
from playground.cluster.api.versions import as_served
from playground.cluster.clock import Clock


class Form(NamedTuple):
    """How the client wants objects written: plainly, their metadata alone, or as a Table whose rows carry `include`."""

    as_table: bool = False
    include: str = "Metadata"
    as_metadata: bool = False

    def of(self, thing: Object) -> Object:
        """An object that is not in a Table."""
        return PARTIAL | {"metadata": thing["metadata"]} if self.as_metadata else thing


PARTIAL = {"kind": "PartialObjectMetadata", "apiVersion": "meta.k8s.io/v1"}


def form_of(request: web.Request, kind: Kind) -> Form:
    """The first acceptable of the media types in the Accept header."""
    for part in request.headers.get("Accept", "*/*").split(","):
        media, *parameters = (word.strip() for word in part.split(";"))
        if media not in ("application/json", "application/*", "*/*"):
            continue
        if "as=Table" in parameters and kind in COLUMNS:
            return Form(True, request.query.get("includeObject", "Metadata"))
        if any(parameter.startswith("as=PartialObjectMetadata") for parameter in parameters):
            return Form(as_metadata=True)
        if not any(parameter.startswith("as=") for parameter in parameters):
            break
    return Form()


def filters_of(request: web.Request, kind: Kind) -> Filter:
    """Label and field selectors of a request as one filter."""
    by_label = label_filter(request.query.get("labelSelector", ""))
    by_field = field_filter(kind, request.query.get("fieldSelector", ""))
    return lambda thing: by_label(thing) and by_field(thing)


def number(request: web.Request, parameter: str) -> int:
    """A whole number from the query, 0 without one; 400 for anything else."""
    text = request.query.get(parameter, "")
    try:
        return int(text or 0)
    except ValueError:
        raise bad_request(f'strconv.ParseInt: parsing "{text}": invalid syntax') from None


def dry_run(request: web.Request, options: str) -> bool:
    """Whether nothing may be kept; 422 for a mode other than All. `options` names the options' kind."""
    asked = request.query.getall("dryRun", [])
    if any(mode != "All" for mode in asked):
        shown = "[]string{" + ", ".join(f'"{mode}"' for mode in asked) + "}"
        raise unprocessable(f"{options}.meta.k8s.io", "", [unsupported("dryRun", shown, ["All"])])
    return bool(asked)


class Reader:
    """Answers get (`get`) and list (`many`)."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self._store, self._clock = store, clock

    def get(self, request: web.Request, kind: Kind, namespace: str, name: str) -> Object:
        thing = self._store.get(kind.kept, namespace, name)
        if not thing:
            raise not_found(kind, name)
        return self.one(request, kind, as_served(kind, thing))

    def one(self, request: web.Request, kind: Kind, thing: Object) -> Object:
        """An object as this client wants it."""
        form = form_of(request, kind)
        if not form.as_table:
            return form.of(thing)
        body = table(kind, [thing], self._clock.now(), form.include)
        return body | {"metadata": {"resourceVersion": thing["metadata"]["resourceVersion"]}}

    def many(self, request: web.Request, kind: Kind, namespace: str) -> Object:
        """A list, in pages of `limit` where asked; 410 for a page of a list that is no longer known."""
        wanted, asked = filters_of(request, kind), number(request, "resourceVersion")
        if asked > self._store.revision:
            raise future_revision(asked, self._store.revision)
        things = [as_served(kind, thing) for thing in self._store.all(kind.kept, namespace) if wanted(thing)]
        things, metadata = self._page(things, request.query.get("continue", ""), number(request, "limit"))
        form = form_of(request, kind)
        if form.as_table:
            return table(kind, things, self._clock.now(), form.include) | {"metadata": metadata}
        if form.as_metadata:
            head = {"kind": f"{PARTIAL['kind']}List", "apiVersion": PARTIAL["apiVersion"]}
            return head | {"metadata": metadata, "items": [form.of(one) for one in things]}
        items = [{key: value for key, value in one.items() if key not in ("kind", "apiVersion")} for one in things]
        head = {"kind": f"{kind.name}List", "apiVersion": kind.api_version}
        return head | {"metadata": metadata, "items": items}

    def _page(self, things: list[Object], token: str, limit: int) -> tuple[list[Object], Object]:
        metadata: Object = {"resourceVersion": str(self._store.revision)}
        if token:
            revision, after = self._read_token(token)
            metadata["resourceVersion"] = str(revision)
            things = [one for one in things if [namespace_of(one), name_of(one)] > after]
        if limit and len(things) > limit:
            last = things[limit - 1]
            text = json.dumps([int(metadata["resourceVersion"]), [namespace_of(last), name_of(last)]])
            metadata["continue"] = base64.urlsafe_b64encode(text.encode()).decode()
            metadata["remainingItemCount"] = len(things) - limit
            things = things[:limit]
        return things, metadata

    def _read_token(self, token: str) -> tuple[int, list[str]]:
        try:
            revision, after = json.loads(base64.urlsafe_b64decode(token))
        except ValueError:
            raise bad_request("continue key is not valid: encoded continue token is not valid") from None
        try:
            self._store.since(revision)
        except Exception:
            message = "The provided continue parameter is too old to display a consistent list result."
            raise expired(message) from None
        return revision, after

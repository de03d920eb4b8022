"""A pod's log, as `kubectl logs` asks for it: start-up lines and the requests that the pod served."""

import asyncio
from datetime import datetime, timedelta

from aiohttp import web

from playground.cluster.api.errors import bad_request, not_found
from playground.cluster.api.kinds import POD, Object, name_of
from playground.cluster.api.reading import number
from playground.cluster.api.requests import Ask
from playground.cluster.api.store import Store
from playground.cluster.clock import Clock
from playground.cluster.controllers.kubelet import Kubelet
from playground.cluster.traffic import Traffic

Line = tuple[datetime, str]

FOLLOW_SECONDS = 1.0


class PodLogs:
    """Answers for pods/log: container, previous, tailLines, sinceSeconds, sinceTime, timestamps, limitBytes, follow."""

    def __init__(self, store: Store, clock: Clock, kubelet: Kubelet, traffic: Traffic) -> None:
        self._store, self._clock, self._kubelet, self._traffic = store, clock, kubelet, traffic

    async def serve(self, request: web.Request, ask: Ask) -> web.StreamResponse:
        pod = self._store.get(POD, ask.namespace, ask.name)
        if not pod:
            raise not_found(POD, ask.name)
        container = _container(pod, request.query.get("container", ""))
        previous = _flag(request, "previous")
        lines = _selected(request, self._lines(pod, container, previous), self._clock.now())
        text = _text(lines, _flag(request, "timestamps"))
        if limit := number(request, "limitBytes"):
            text = text.encode()[:limit].decode(errors="ignore")
        if previous or not _flag(request, "follow"):
            return web.Response(text=text)
        return await self._follow(request, pod, container, text)

    def _lines(self, pod: Object, container: str, previous: bool) -> list[Line]:
        runs = self._kubelet.runs((pod["metadata"]["namespace"], name_of(pod)), container)
        if previous:
            ended = [run for run in runs if run.ended]
            if not ended:
                raise bad_request(f'previous terminated container "{container}" in pod "{name_of(pod)}" not found')
            return ended[0].lines
        if not runs:
            raise bad_request(_why_silent(pod, container))
        first = pod["spec"]["containers"][0]["name"]
        served = self._traffic.access_log(pod, self._clock.now()) if container == first else ()
        return [*runs[-1].lines, *served]

    async def _still_there(self, pod: Object) -> bool:
        await asyncio.sleep(FOLLOW_SECONDS)
        return self._store.get(POD, pod["metadata"]["namespace"], name_of(pod)) is not None

    async def _follow(self, request: web.Request, pod: Object, container: str, text: str) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/plain"})
        await response.prepare(request)
        try:
            await response.write(text.encode())
            shown = self._clock.now()
            while await self._still_there(pod):
                now = self._clock.now()
                new = [line for line in self._lines(pod, container, False) if shown < line[0] <= now]
                shown = now
                await response.write(_text(new, _flag(request, "timestamps")).encode())
            await response.write_eof()
        except ConnectionResetError:  # the reader has seen enough
            pass
        return response


def _flag(request: web.Request, name: str) -> bool:
    return request.query.get(name) in ("1", "true")


def _container(pod: Object, asked: str) -> str:
    names = [str(container["name"]) for container in pod["spec"]["containers"]]
    if asked and asked not in names:
        raise bad_request(f"container {asked} is not valid for pod {name_of(pod)}")
    if not asked and len(names) > 1:
        choices = f"choose one of: [{' '.join(names)}]"
        raise bad_request(f"a container name must be specified for pod {name_of(pod)}, {choices}")
    return asked or names[0]


def _why_silent(pod: Object, container: str) -> str:
    statuses = pod["status"].get("containerStatuses") or ()
    status = next((one for one in statuses if one["name"] == container), None)
    if not status:
        return f'container "{container}" in pod "{name_of(pod)}" is not available'
    reason = status["state"].get("waiting", {}).get("reason", "ContainerCreating")
    if reason in ("ErrImagePull", "ImagePullBackOff"):
        reason = "trying and failing to pull image"
    return f'container "{container}" in pod "{name_of(pod)}" is waiting to start: {reason}'


def _selected(request: web.Request, lines: list[Line], now: datetime) -> list[Line]:
    since = None
    if seconds := number(request, "sinceSeconds"):
        since = now - timedelta(seconds=seconds)
    elif text := request.query.get("sinceTime"):
        try:
            since = datetime.fromisoformat(text)
        except ValueError:
            raise bad_request(f'parsing time "{text}": not RFC 3339') from None
    if since:
        lines = [line for line in lines if line[0] >= since]
    if "tailLines" in request.query:
        tail = number(request, "tailLines")
        lines = lines[-tail:] if tail else []
    return lines


def _text(lines: list[Line], timestamps: bool) -> str:
    def shown(line: Line) -> str:
        return f"{line[0].strftime('%Y-%m-%dT%H:%M:%S.%f')}000Z {line[1]}" if timestamps else line[1]

    return "".join(f"{shown(line)}\n" for line in lines)

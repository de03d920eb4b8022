"""One container as a node runs it: pulled, started, probed, restarted. The tag of its image decides how that goes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Protocol

from playground.cluster.api.kinds import Object
from playground.cluster.controllers.fates import Fate, fate_of, start_lines
from playground.cluster.controllers.tasks import Task, task_of

PULL, START, READY, READY_SLOWLY, CRASH = 0.6, 0.2, 0.4, 3.9, 1.0  # simulated seconds of each stage
BACK_OFF_FIRST, BACK_OFF_MOST = 10, 300  # the kubelet's own, for pulls and for restarts


class Host(Protocol):
    """What a container needs of the pod and node that it runs on."""

    def later(self, seconds: float, call: Callable[[], None]) -> None: ...
    def now(self) -> datetime: ...
    def changed(self) -> None: ...
    def tell(self, reason: str, message: str, container: str, warning: bool = False) -> None: ...
    def identity(self) -> str: ...
    def missing_configuration(self, container: Object) -> str: ...


@dataclass
class Run:
    """One start of a container and what it wrote; `ended` is None while it runs."""

    started: datetime
    lines: list[tuple[datetime, str]] = field(default_factory=list)
    ended: datetime | None = None


class Container:
    """See the module. Its states are those of `containerStatuses`; it is ready `delay` later than others. What is not
    always started again (`restart`, the pod's policy) has a task, and is over when that is."""

    def __init__(self, spec: Object, host: Host, delay: float = 0.0, restart: str = "Always") -> None:
        self.spec, self._host, self._delay, self._restart_policy = spec, host, delay, restart
        self.task = None if restart == "Always" else task_of(spec)
        self.name, self.image = str(spec["name"]), str(spec["image"])
        self.fate = fate_of(self.image)
        self.state: Object = {"waiting": {"reason": "ContainerCreating"}}
        self.last_state: Object = {}
        self.restarts = 0
        self.ready = False
        self.runs: list[Run] = []
        self._failures = 0

    @property
    def running(self) -> bool:
        return "running" in self.state

    @property
    def exit_code(self) -> int | None:
        """What it ended with, once it is over for good."""
        code = self.state.get("terminated", {}).get("exitCode")
        if code is None or not self.task or (code and self._restart_policy == "OnFailure"):
            return None
        return int(code)

    def begin(self) -> None:
        """Pull the image and go on from there."""
        self._tell("Pulling", f'Pulling image "{self.image}"')
        self._host.later(PULL, self._pulled)

    def stop(self) -> None:
        if self.running:
            self._tell("Killing", f"Stopping container {self.name}")

    def status(self) -> Object:
        """The entry in `containerStatuses`."""
        status: Object = {"name": self.name, "state": self.state, "lastState": self.last_state, "ready": self.ready}
        status |= {"restartCount": self.restarts, "image": self.image, "imageID": "", "started": self.running}
        if self.runs:
            status["imageID"] = f"{self.image.partition('@')[0]}@sha256:{hash_of(self.image)}"
            status["containerID"] = f"containerd://{hash_of(self._host.identity() + self.name + str(len(self.runs)))}"
        return status

    def _pulled(self) -> None:
        if self.fate is Fate.MISSING:
            self._cannot_pull()
            return
        self._tell("Pulled", f'Successfully pulled image "{self.image}" in {round(PULL * 1000)}ms')
        self._create()

    def _cannot_pull(self) -> None:
        resolve = f'failed to resolve reference "{self.image}": {self.image}: not found'
        message = f'rpc error: code = NotFound desc = failed to pull and unpack image "{self.image}": {resolve}'
        self._tell("Failed", f'Failed to pull image "{self.image}": {message}', warning=True)
        self._tell("Failed", "Error: ErrImagePull", warning=True)
        self._wait("ErrImagePull", message)
        self._host.later(1.0, self._back_off_pull)

    def _back_off_pull(self) -> None:
        text = f'Back-off pulling image "{self.image}"'
        self._tell("BackOff", text)
        self._tell("Failed", "Error: ImagePullBackOff", warning=True)
        self._wait("ImagePullBackOff", text)
        self._host.later(self._next_back_off(), self.begin)

    def _create(self) -> None:
        missing = self._host.missing_configuration(self.spec)
        if self.fate is Fate.MISCONFIGURED:
            missing = f'configmap "{self.name}-settings" not found'
        if missing:
            self._tell("Failed", f"Error: {missing}", warning=True)
            self._wait("CreateContainerConfigError", missing)
            self._host.later(BACK_OFF_FIRST, self._create)
            return
        self._tell("Created", f"Created container {self.name}")
        self._host.later(START, self._start)

    def _start(self) -> None:
        now = self._host.now()
        lines = [] if self.task else [(now, line) for line in start_lines(self.name, self.image)]
        self.runs = [*self.runs[-1:], Run(now, lines)]
        self.state = {"running": {"startedAt": stamp(now)}}
        self._tell("Started", f"Started container {self.name}")
        self.ready = self.task is not None
        self._host.changed()
        if self.task:
            self._work(self.task)
        elif self.fate is Fate.CRASH:
            self._host.later(CRASH, partial(self._end, 1))
        elif self.fate is Fate.NOT_READY:
            self._host.later(READY, self._unready)
        else:
            wait = READY_SLOWLY if self.fate is Fate.SLOW else READY
            self._host.later(wait + self._delay, self._become_ready)

    def _become_ready(self) -> None:
        self.ready = True
        self._host.changed()

    def _unready(self) -> None:
        self._tell("Unhealthy", "Readiness probe failed: HTTP probe failed with statuscode: 503", warning=True)
        self._host.later(self._next_back_off(), self._unready)

    def _work(self, task: Task) -> None:
        for number, line in enumerate(task.lines):
            self._host.later(task.seconds * number / len(task.lines), partial(self._write, line))
        self._host.later(task.seconds, partial(self._end, task.exit_code))

    def _write(self, line: str) -> None:
        self.runs[-1].lines.append((self._host.now(), line))

    def _end(self, code: int) -> None:
        run, now = self.runs[-1], self._host.now()
        run.ended = now
        end: Object = {"exitCode": code, "reason": "Error" if code else "Completed"}
        end |= {"startedAt": stamp(run.started), "finishedAt": stamp(now)}
        end["containerID"] = self.status()["containerID"]
        self.state, self.ready = {"terminated": end}, False
        self._host.changed()
        if self.exit_code is not None:
            return
        if self.restarts == 0:  # the first restart comes at once
            self._host.later(0.5, self._restart)
        else:
            self._host.later(0.5, self._back_off_restart)

    def _back_off_restart(self) -> None:
        seconds = self._next_back_off()
        self.last_state = self.state
        self._tell("BackOff", "Back-off restarting failed container", warning=True)
        text = f"back-off {_duration(seconds)} restarting failed container={self.name} pod={self._host.identity()}"
        self._wait("CrashLoopBackOff", text)
        self._host.later(seconds, self._restart)

    def _restart(self) -> None:
        if "terminated" in self.state:
            self.last_state = self.state
        self.restarts += 1
        self._tell("Pulled", f'Container image "{self.image}" already present on machine')
        self._create()

    def _next_back_off(self) -> int:
        self._failures += 1
        return min(BACK_OFF_MOST, BACK_OFF_FIRST << min(self._failures - 1, 9))

    def _wait(self, reason: str, message: str) -> None:
        self.state = {"waiting": {"reason": reason, "message": message}}
        self._host.changed()

    def _tell(self, reason: str, message: str, warning: bool = False) -> None:
        self._host.tell(reason, message, self.name, warning)


def stamp(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def hash_of(text: str) -> str:
    """What stands for a content hash: the same for the same text."""
    return hashlib.sha256(text.encode()).hexdigest()


def _duration(seconds: int) -> str:
    minutes, rest = divmod(seconds, 60)
    return f"{minutes}m{rest}s" if minutes else f"{rest}s"

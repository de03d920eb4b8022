"""A Kubernetes cluster on loopback: its API server, its controllers, its nodes, in the caller's event loop."""

import errno
from pathlib import Path
from typing import Self

import yaml
from aiohttp import web

from playground.cluster.api.access import TOKENS, Access
from playground.cluster.api.reading import Reader
from playground.cluster.api.registry import Registry
from playground.cluster.api.served import Served
from playground.cluster.api.server import ApiServer
from playground.cluster.api.store import Store
from playground.cluster.api.watching import Watcher
from playground.cluster.api.writing import Writer
from playground.cluster.clock import Clock
from playground.cluster.control import Control, Journal
from playground.cluster.controllers.deployments import DeploymentController
from playground.cluster.controllers.endpoints import EndpointsController
from playground.cluster.controllers.garbage import GarbageCollector, NamespaceController
from playground.cluster.controllers.gateways import GatewayController
from playground.cluster.controllers.jobs import JobController
from playground.cluster.controllers.kubelet import Kubelet
from playground.cluster.controllers.manager import Manager
from playground.cluster.controllers.quotas import QuotaController
from playground.cluster.controllers.recorder import Recorder
from playground.cluster.controllers.replicasets import ReplicaSetController
from playground.cluster.faults import Faults, reset
from playground.cluster.logs import PodLogs
from playground.cluster.traffic import Traffic
from playground.cluster.world import Builder


class Cluster:
    """`async with Cluster() as cluster`: a cluster with the playground's world in it, all of it ready.

    `port` 0 takes any free one; where the one asked for is busy another is used, and `port_taken` says which was busy.
    `scale` is how many simulated seconds (pod starts, back-off, deadlines) pass in a real one. With `journal` every
    request is noted in that file as a line of JSON. `seed` decides what its traffic has of chance.
    What else can be done to it: see `playground.cluster.control`.
    """

    def __init__(
        self,
        port: int = 0,
        host: str = "127.0.0.1",
        scale: float = 1.0,
        journal: Path | None = None,
        seed: int = 0,
    ) -> None:
        self._host, self._port, self._journal_path = host, port, journal
        self.port_taken: int | None = None
        self.url = ""
        self.clock = Clock(scale)
        self.store = Store()
        self.registry = Registry(self.store, self.clock)
        self.traffic = Traffic(self.store, seed)
        self.served = Served(self.store)
        self.access = Access(self.store)
        self.faults = Faults(self.clock, self.access)
        self._watcher = Watcher(self.store, self.clock)

    async def __aenter__(self) -> Self:
        self._journal = Journal(self.clock, self._journal_path)
        self._start_controllers()
        self._runner = web.AppRunner(self._app(), access_log=None, shutdown_timeout=1.0)
        await self._runner.setup()
        await self._listen()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._manager.stop()
        self.clock.close()
        self.faults.clear()
        self._watcher.stop()
        await self._runner.cleanup()
        self._journal.close()

    def kubeconfig(self, path: Path, user: str = "quarterdeck") -> Path:
        """Write a kubeconfig for one of the users admin (may do everything), quarterdeck (what the bot may) and nobody;
        its one context is called "playground". The server's address names the user as well: kubectl sends no token over
        plain HTTP."""
        if user not in TOKENS:
            raise ValueError(f"no such user: {user} (there are {', '.join(TOKENS)})")
        name = "playground"
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": name,
            "clusters": [{"name": name, "cluster": {"server": f"{self.url}/as/{user}"}}],
            "users": [{"name": user, "user": {"token": user}}],
            "contexts": [{"name": name, "context": {"cluster": name, "user": user}}],
        }
        path.write_text(yaml.safe_dump(config, sort_keys=False))
        path.chmod(0o600)  # kubectl and the client libraries warn about anything wider
        return path

    def _start_controllers(self) -> None:
        registry, manager = self.registry, Manager(self.store, self.clock)
        recorder = Recorder(registry)
        self._manager, self._kubelet = manager, Kubelet(registry, recorder)
        manager.add(
            DeploymentController(registry, manager, recorder),
            ReplicaSetController(registry, manager, recorder),
            JobController(registry, manager, recorder),
            self._kubelet,
            GatewayController(registry),
            QuotaController(registry),
            EndpointsController(registry),
            GarbageCollector(registry),
            NamespaceController(registry),
        )
        recorder.enabled = False
        Builder(registry, manager, self.traffic).build()
        recorder.enabled = True

    def _app(self) -> web.Application:
        logs = PodLogs(self.store, self.clock, self._kubelet, self.traffic)
        reader, writer = Reader(self.store, self.clock), Writer(self.store, self.registry)
        server = ApiServer(self.access, self.served, reader, writer, self._watcher, logs.serve, self.faults.gate)

        async def noted(request: web.Request) -> web.StreamResponse:
            status = 0
            try:
                response = await server.handle(request)
                status = response.status
            finally:
                self._journal.note(request, status)
            return response

        app = web.Application(client_max_size=3 * 2**20)
        app.add_routes(Control(self.clock, self.faults, self.traffic, self.served, self._journal, self._cut).routes())
        app.router.add_route("*", "/as/{token}/{path:.*}", noted)
        app.router.add_route("*", "/{path:.*}", noted)
        return app

    def _cut(self, but: web.Request) -> None:
        """Reset all open connections, watches too."""
        assert self._runner.server is not None
        for connection in self._runner.server.connections:
            if connection.transport is not but.transport:
                reset(connection.transport)

    async def _listen(self) -> None:
        try:
            site = web.TCPSite(self._runner, self._host, self._port)
            await site.start()
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            self.port_taken = self._port
            site = web.TCPSite(self._runner, self._host, 0)
            await site.start()
        self.url = f"http://{self._host}:{self._runner.addresses[-1][1]}"

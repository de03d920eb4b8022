"""From a kubeconfig, or a pod's service account, to a client of the official package."""

import asyncio
import os
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from bot.blocks import code
from bot.errors import Code, Refusal


def log_in(kubeconfig: Path | None, context: str | None, timeout: float) -> Any:
    """A client, unconnected yet. Blocks, for `timeout` seconds at most where a login program has to run.

    Raises TimeoutError, and Refusal where the kubeconfig is missing or makes no sense; never quotes it.
    """
    # Imported here: 20 MiB and a fifth of a second that a bot without a Kubernetes place does not pay.
    from kubernetes.aio import config
    from kubernetes.aio.client import ApiClient, Configuration

    loaders: Any = config  # it carries no types
    files = str(kubeconfig or os.environ.get("KUBECONFIG") or "~/.kube/config")
    found = any(Path(file).expanduser().is_file() for file in files.split(os.pathsep) if file)
    settings = Configuration()
    try:
        if found:
            with asyncio.Runner(loop_factory=_Loop) as runner:
                runner.run(_loaded(loaders.load_kube_config(files, context, settings, persist_config=False), timeout))
        elif kubeconfig is None and context is None and "KUBERNETES_SERVICE_HOST" in os.environ:
            loaders.load_incluster_config(settings)
        else:
            raise Refusal(Code.INVALID, f"There is no kubeconfig at {code(files)}.")
        client = ApiClient(settings)
    except (Refusal, TimeoutError):
        raise
    except Exception as error:  # whatever a malformed file makes the loader raise quotes the file, tokens included
        text = f"The kubeconfig {code(files)} can't be used with {code(context or 'its current context')}"
        raise Refusal(Code.INVALID, f"{text} ({type(error).__name__}).") from None
    client.user_agent = "quarterdeck"
    return client


class _Loop(asyncio.SelectorEventLoop):
    """Knows the programs that were started in it."""

    def __init__(self) -> None:
        super().__init__()
        self.programs: list[Any] = []

    async def subprocess_exec(self, *args: Any, **settings: Any) -> Any:
        """As ever."""
        started = await super().subprocess_exec(*args, **settings)
        self.programs.append(started[0])
        return started


async def _loaded(loading: Awaitable[Any], timeout: float) -> None:
    """Wait for the loader, and end the login program that it forgets when the deadline passes."""
    loop = asyncio.get_running_loop()
    assert isinstance(loop, _Loop)
    try:
        await asyncio.wait_for(loading, timeout)
    finally:
        for program in loop.programs:
            program.close()
        while any(program.get_returncode() is None for program in loop.programs):  # noqa: ASYNC110 - killed, it has no event
            await asyncio.sleep(0.01)

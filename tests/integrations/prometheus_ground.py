"""A Prometheus with known samples in it: the playground's, or a real one.

A real one is started from the program that QUARTERDECK_TEST_PROMETHEUS names; promtool, which must lie beside it,
writes the samples into its storage, to the millisecond.
"""

import asyncio
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from playground.harness import free_port
from playground.prometheus import Prometheus
from playground.prometheus.faults import Fault
from playground.prometheus.promql.nodes import NAME, Labels

REAL = os.environ.get("QUARTERDECK_TEST_PROMETHEUS", "")
HOUR = 3600
NOW = int(time.time()) // (2 * HOUR) * 2 * HOUR - 4 * HOUR  # whole hours: the middle of what is recorded

Sample = tuple[Labels, int, float]  # labels with the name, milliseconds, value


@dataclass
class Ground:
    """`url` answers, by the playground's or by the real one's process."""

    url: str
    playground: Prometheus | None = None
    process: "subprocess.Popen[bytes] | None" = None

    def hang(self) -> None:
        """From now on nothing is answered."""
        if self.playground:
            self.playground.faults.add(Fault(kind="hang"))
        if self.process:
            self.process.send_signal(signal.SIGSTOP)

    def vanish(self) -> None:
        """From now on nobody listens, or connections are reset."""
        if self.playground:
            self.playground.faults.add(Fault(kind="outage"))
        if self.process:
            self.process.kill()
            self.process.wait()


def grounds() -> list[str]:
    """Always "playground", and "real" where QUARTERDECK_TEST_PROMETHEUS names the program. In CI a missing one is a
    failure, not an omission."""
    assert REAL or not os.environ.get("CI"), "CI tests on a real Prometheus: set QUARTERDECK_TEST_PROMETHEUS"
    return ["playground", "real"] if REAL else ["playground"]


@asynccontextmanager
async def opened(kind: str, folder: Path, samples: Iterable[Sample]) -> AsyncIterator[Ground]:
    """A fresh ground of this kind."""
    if kind == "playground":
        async with filled(samples) as prometheus:
            yield Ground(prometheus.url, playground=prometheus)
        return
    recorded(folder, samples)
    with running(folder) as (process, url):
        await ready(url)
        yield Ground(url, process=process)


@asynccontextmanager
async def filled(samples: Iterable[Sample]) -> AsyncIterator[Prometheus]:
    """The playground's, with these samples."""
    async with Prometheus() as prometheus:
        for labels, at, value in sorted(samples, key=lambda sample: sample[1]):
            prometheus.store.append(labels, at, value)
        yield prometheus


def recorded(folder: Path, samples: Iterable[Sample]) -> None:
    """Write a real one's storage."""
    lines = [f"{spelled(labels)} {value!r} {at / 1000:.3f}" for labels, at, value in sorted(samples)]
    text = folder / "samples.om"
    text.write_text("\n".join([*lines, "# EOF", ""]).replace(" inf ", " +Inf ").replace(" nan ", " NaN "))
    promtool = Path(REAL).with_name("promtool")
    subprocess.run(
        [promtool, "tsdb", "create-blocks-from", "openmetrics", text, folder / "data"], check=True, capture_output=True
    )


@contextmanager
def running(folder: Path, config: str = "") -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """A real one over `folder`, and its address."""
    (folder / "prometheus.yml").write_text(config)
    address = f"127.0.0.1:{free_port()}"
    options = [f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [REAL, *options, f"--web.listen-address={address}"], stdout=log, stderr=log, start_new_session=True
        )
    try:
        yield process, f"http://{address}"
    finally:
        process.kill()
        process.wait()


async def ready(url: str, within: float = 30) -> None:
    """Wait until it answers."""
    end = time.monotonic() + within
    async with aiohttp.ClientSession() as session:
        while True:
            try:
                async with session.get(f"{url}/-/ready") as answer:
                    if answer.status == 200:
                        return
            except aiohttp.ClientError:
                pass
            assert time.monotonic() < end, f"not ready after {within} s"
            await asyncio.sleep(0.05)


def labels(name: str, **others: str) -> Labels:
    """A series' labels; those that are empty are left out."""
    return tuple(sorted((key, value) for key, value in {NAME: name, **others}.items() if value))


def spelled(series: Labels) -> str:
    """A series as the text formats write it."""
    quoted = {key: value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n") for key, value in series}
    name = quoted.pop(NAME)
    return f"{name}{{{','.join(f'{key}={chr(34)}{value}{chr(34)}' for key, value in quoted.items())}}}"

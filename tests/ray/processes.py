"""The cluster's and a driver's processes, as a test holds them."""

import json
import os
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import psutil

from tests.support.neo4j_server import Neo4jServer
from tests.support.workers import ROOT


class Cluster:
    """See `tests.ray.cluster`."""

    def __init__(self, folder: Path) -> None:
        self.errors = (folder / "cluster.log").open("w")
        self.process = _python("tests.ray.cluster", errors=self.errors)
        self.address = pipe(self.process.stdout).readline().strip()
        assert self.address, (folder / "cluster.log").read_text()

    def ask(self, word: str) -> None:
        pipe(self.process.stdin).write(f"{word}\n")
        pipe(self.process.stdin).flush()
        assert pipe(self.process.stdout).readline() == "done\n"

    def reader(self) -> psutil.Process:
        """A process that is reading a part."""
        deadline = time.monotonic() + 240
        while time.monotonic() < deadline:
            for process in psutil.Process(self.process.pid).children(recursive=True):
                with suppress(psutil.Error):
                    if process.cmdline()[:1] and process.cmdline()[0].startswith("ray::Read"):
                        return process
            time.sleep(0.01)
        raise TimeoutError("nobody reads")

    def close(self) -> None:
        """Shuts it down; ends what is left of it after a while."""
        left = psutil.Process(self.process.pid).children(recursive=True)
        pipe(self.process.stdin).close()
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(20)
        _end(self.process)
        for process in left:
            with suppress(psutil.Error):
                process.kill()
        self.errors.close()


class Driver:
    """A run on a cluster; see `tests.ray.driver`."""

    def __init__(self, server: Neo4jServer, folder: Path, address: str, *arguments: str) -> None:
        self.heard: list[dict[str, Any]] = []
        self.errors = (folder / "driver.log").open("w+")
        self.process = _python(
            "tests.ray.driver",
            *(str(folder), address, *arguments),
            errors=self.errors,
            WORKER_URI=server.uri,
            WORKER_PASSWORD=server.password,
        )

    def hear(self, what: str) -> Any:
        """Waits until the driver says so, and gives what it says."""
        while True:
            line = pipe(self.process.stdout).readline()
            if not line:
                self.errors.seek(0)
                raise AssertionError(f"never heard {what!r}: {self.heard} {self.errors.read()}")
            self.heard.append(json.loads(line))
            if what in self.heard[-1]:
                return self.heard[-1]

    def close(self) -> None:
        _end(self.process)
        self.errors.close()


def _python(module: str, *arguments: str, errors: IO[str], **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | more,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        text=True,
        start_new_session=True,
    )


def _end(process: subprocess.Popen[str]) -> None:
    process.kill()
    process.wait()
    for one in (process.stdin, process.stdout):
        pipe(one).close()


def pipe(one: IO[str] | None) -> IO[str]:
    assert one is not None
    return one

"""A Neo4j that a test or a benchmark may kill, stop and starve: nobody else uses it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import psutil

from kg_enrich import embedded
from kg_enrich.embedded import die_with_parent, launch
from kg_enrich.settings import load_settings
from tests.support.neo4j_server import Neo4jServer


class OwnServer:
    """An embedded Neo4j on a folder of its own. It ends with this process; close it all the same.

    login: its address and password, which stay the same when it is started again.
    """

    def __init__(self, home: Path, heap: str = "1g") -> None:
        settings = load_settings()
        started = embedded.start(
            home,
            cache=settings.cache_dir,
            maven_repository=settings.maven_repository,
            owned=True,
            heap=heap,
            progress=lambda _: None,
        )
        self.home = home
        self.login = Neo4jServer(started.uri, started.username, started.password)
        self.process = psutil.Process(started.pid)
        self._line = self.process.cmdline()
        self._environment = self.process.environ()

    def kill(self) -> None:
        """Ends it without any warning, as an out-of-memory killer does."""
        self.process.kill()
        self.process.wait(60)

    def stop(self) -> None:
        """Ends it as an administrator does."""
        self.process.terminate()
        self.process.wait(120)

    def restart(self) -> None:
        """Starts it again where it was, and waits until it answers."""
        log = self.home / "logs" / "console.log"
        with log.open("wb") as console:
            child = subprocess.Popen(
                [sys.executable, "-IS", die_with_parent.__file__, str(os.getpid()), *self._line],
                env=self._environment,
                cwd=self.home,
                stdin=subprocess.DEVNULL,
                stdout=console,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        child.returncode = 0  # psutil waits for it, as for the first one
        self.process = psutil.Process(child.pid)
        launch.wait_until_ready(self.process, self.login.uri, log)

    def freeze(self) -> None:
        """It keeps its port and its connections, and answers nothing."""
        self.process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.send_signal(signal.SIGCONT)

    def close(self) -> None:
        if self.process.is_running():
            self.thaw()
            self.kill()

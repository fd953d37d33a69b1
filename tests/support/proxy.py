"""A TCP proxy before the tests' Neo4j that fails on demand. It listens on the loopback only."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from enum import Enum
from urllib.parse import urlsplit

from tests.support.neo4j_server import Neo4jServer

# A COMMIT message of the Bolt protocol, with its length before and the end of its chunks behind.
COMMIT = b"\x00\x02\xb0\x12\x00\x00"


class Mode(Enum):
    """What becomes of new connections."""

    PASS = "pass"
    REFUSE = "refuse"  # closed as soon as they are there, and counted
    SWALLOW = "swallow"  # nobody ever answers


@dataclass
class _Cut:
    marker: bytes
    answered: bool  # the server gets the marker and answers; the answer is lost
    times: int


class Proxy:
    """Passes bytes on in both directions, and cuts connections where it is told.

    accepted: connections so far. cuts: connections that were cut by `cut` and `cut_answers`.
    sent, received: everything the client sent, and was sent.
    """

    def __init__(self, server: Neo4jServer) -> None:
        address = urlsplit(server.uri)
        self._target = (address.hostname or "localhost", address.port or 7687)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.server = Neo4jServer(
            f"bolt://127.0.0.1:{self._listener.getsockname()[1]}", server.username, server.password
        )
        self.mode = Mode.PASS
        self.accepted = 0
        self.cuts = 0
        self.sent = bytearray()
        self.received = bytearray()
        self._cut: _Cut | None = None
        self._answers: int | None = None
        self._lock = threading.Lock()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self, marker: bytes, answered: bool = False, times: int = 1) -> None:
        """Cuts the next connections on which the client sends the marker; see `_Cut`."""
        self._cut = _Cut(marker, answered, times)

    def cut_answers(self, after: int) -> None:
        """Cuts the next connection on which the server sends more than so many bytes."""
        self._answers = after

    def drop(self) -> None:
        """Cuts every connection."""
        with self._lock:
            for end in self._open:
                _close(end)
            self._open.clear()

    def close(self) -> None:
        """Stops listening, and cuts every connection."""
        _close(self._listener)
        self.drop()

    def _listen(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            with self._lock:
                self._open.append(client)
            if self.mode is Mode.REFUSE:
                _close(client)
            elif self.mode is Mode.PASS:
                try:
                    server = socket.create_connection(self._target)
                except OSError:
                    _close(client)
                    continue
                with self._lock:
                    self._open.append(server)
                _Link(self, client, server)

    def take_cut(self, before: bytes, data: bytes) -> bool | None:
        """Whether to cut here: at once (False), at the answer (True), or not (None)."""
        with self._lock:
            cut = self._cut
            # A marker may come in two pieces, but what came whole before this was told is past.
            if cut is None or cut.marker not in before[1 - len(cut.marker) :] + data:
                return None
            self.cuts += 1
            cut.times -= 1
            if cut.times == 0:
                self._cut = None
            return cut.answered

    def take_answers(self, received: int) -> bool:
        """Whether to cut a connection that got so many bytes."""
        with self._lock:
            if self._answers is None or received <= self._answers:
                return False
            self.cuts += 1
            self._answers = None
            return True


class _Link:
    """One connection, with a thread a direction."""

    def __init__(self, proxy: Proxy, client: socket.socket, server: socket.socket) -> None:
        self._proxy = proxy
        self._client = client
        self._server = server
        self._lose_answer = False
        for pump in (self._to_server, self._to_client):
            threading.Thread(target=self._run, args=(pump,), daemon=True).start()

    def _run(self, pump: object) -> None:
        assert callable(pump)
        with suppress(OSError):
            pump()
        _close(self._client)
        _close(self._server)

    def _to_server(self) -> None:
        before = b""
        while data := self._client.recv(65536):
            self._proxy.sent += data
            cut = self._proxy.take_cut(before, data)
            before = data
            if cut is False:
                return
            if cut:
                self._lose_answer = True
            self._server.sendall(data)

    def _to_client(self) -> None:
        received = 0
        while data := self._server.recv(65536):
            received += len(data)
            if self._lose_answer or self._proxy.take_answers(received):
                return
            self._proxy.received += data
            self._client.sendall(data)


def _close(end: socket.socket) -> None:
    # Only a shutdown wakes the thread that reads from it.
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def proxied(server: Neo4jServer) -> Iterator[Proxy]:
    """A proxy before the server, for the `with` block."""
    proxy = Proxy(server)
    try:
        yield proxy
    finally:
        proxy.close()

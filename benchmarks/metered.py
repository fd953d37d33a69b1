"""CPU time of client and server by the step of the writer that it went into."""

import time
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import psutil

from kg_enrich.graph.connection import Row, Transaction
from kg_enrich.graph.queries import Query

# What the writer's statements are for.
_STEPS = {
    "bare": "edges",
    "create_evidence": "edges",
    "write_evidence": "edges",
    "rewrite_evidence": "edges, and what they were",
    "delete_evidence": "edges, and what they were",
    "read_states": "reading the documents' states",
    "write_ledgers": "ledgers",
    "renew_ledgers": "ledgers",
    "lock_documents": "locks on documents",
    "read_image_pictures": "images: there once, and their copies",
    "read_evidence_degrees": "counting hubs",
    "write_undo": "the undo",
    "read_source_policy": "policy, holds, words of people",
    "read_holds": "policy, holds, words of people",
    "read_words": "policy, holds, words of people",
    "count_run": "counters and fence",
    "renew_lease": "counters and fence",
}
_CLIENT, _SERVER = (
    "between statements: the client decides",
    "between statements: the server commits",
)


class Meter:
    """CPU seconds by step. server: its process."""

    def __init__(self, server: psutil.Process) -> None:
        self._server = server
        self.steps: defaultdict[str, float] = defaultdict(float)

    @contextmanager
    def batch(self) -> Iterator[None]:
        """Counts what is done in the block; between statements, client and server apart."""
        run = Transaction.run

        def metered(transaction: Transaction, query: Query, **parameters: Any) -> list[Row]:
            before = self._now()
            rows = run(transaction, query, **parameters)
            client, server = self._since(before)
            self.steps[_STEPS.get(query.name, query.name)] += client + server
            self.steps[_CLIENT] -= client
            self.steps[_SERVER] -= server
            return rows

        before = self._now()
        with patch.object(Transaction, "run", metered):
            yield
        client, server = self._since(before)
        self.steps[_CLIENT] += client
        self.steps[_SERVER] += server

    def _now(self) -> tuple[float, float]:
        times = self._server.cpu_times()
        return time.process_time(), float(times.user + times.system)

    def _since(self, before: tuple[float, float]) -> tuple[float, float]:
        client, server = self._now()
        return client - before[0], server - before[1]

"""Brings a source's queue up to date: the closing step of whatever changes evidence."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from itertools import islice
from math import isnan
from typing import TypeVar

from kg_enrich.evidence.models import LedgerEntry
from kg_enrich.evidence.queue import (
    Doubt,
    Kind,
    delete_items,
    doubts,
    priority,
    queue_key,
    write_items,
)
from kg_enrich.evidence.sources import read_policy
from kg_enrich.evidence.state import read_held
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import DocumentId, ImageId

READ_WORDS_TO_ASK = query("read_words_to_ask")
READ_LEDGERS_TO_ASK = query("read_ledgers_to_ask")
READ_FLAGS_TO_ASK = query("read_flags_to_ask")
READ_PAIRS_TO_ASK = query("read_pairs_to_ask")
READ_QUEUE_KEYS = query("read_queue_keys")
READ_QUEUE_DUE = query("read_queue_due")
READ_CLOCK = query("read_clock")
WRITE_QUEUED = query("write_queued")

# Items of a source: more than people answer before they are written anew.
MOST = 10_000
_BATCH = 1000

T = TypeVar("T")
# Carries out a write, with the fence of who writes.
Write = Callable[[Callable[[Transaction], None]], object]


def is_due(graph: Graph, source: str, run: str) -> bool:
    """Whether anything has changed since a source's queue was written, as far as runs tell."""
    return any(row["due"] for row in graph.read(READ_QUEUE_DUE, source=source, run=run))


def renew(graph: Graph, source: str, run: str, write: Write, most: int = MOST) -> int:
    """Makes a source's queue say what the graph says; gives how many items it has.

    Only the differences are written. Memory is bounded by `most`. run: what is to stand in
    `runId`. Errors: GraphError when there is no such source; whatever `write` raises.
    """
    at = graph.read(READ_CLOCK)[0]["now"]
    best = _Best(source, most)
    best.take(_said(graph, most))
    best.take(_confirmed(graph, source, best))
    best.take(_unreferenced(graph, source, most))
    wanted = best.items()
    there = {row["key"]: row for row in graph.read(READ_QUEUE_KEYS, source=source)}
    for keys in _batches(sorted(there.keys() - wanted.keys())):
        write(partial(delete_items, keys=keys))
    changed = [one for key, one in wanted.items() if not _says(there.get(key), one)]
    for items in _batches(changed):
        write(partial(write_items, source=source, run=run, items=items))
    write(lambda transaction: _remember(transaction, source, at, run))
    return len(wanted)


def forget(graph: Graph, source: str, write: Write) -> None:
    """Removes a source's queue."""
    keys = [row["key"] for row in graph.read(READ_QUEUE_KEYS, source=source)]
    for some in _batches(sorted(keys)):
        write(partial(delete_items, keys=some))


class _Best:
    """The most urgent doubts, `most` at most; of one pair the most urgent alone."""

    def __init__(self, source: str, most: int) -> None:
        self._source = source
        self._most = most
        self._found: dict[str, Doubt] = {}
        self._bar = float("inf")

    def take(self, found: Iterable[Doubt]) -> None:
        for doubt in found:
            if not self.wants(doubt):
                continue
            key = queue_key(self._source, doubt.document, doubt.image)
            known = self._found.get(key)
            if known is None or doubt.priority < known.priority:
                self._found[key] = doubt
            if len(self._found) > 2 * self._most:
                self._cut()

    def wants(self, doubt: Doubt) -> bool:
        return doubt.priority <= self._bar

    def items(self) -> dict[str, Doubt]:
        self._cut()
        return self._found

    def _cut(self) -> None:
        ordered = sorted(self._found.items(), key=lambda item: (item[1].priority, item[0]))
        self._found = dict(ordered[: self._most])
        if len(ordered) >= self._most:
            self._bar = ordered[self._most - 1][1].priority


def _said(graph: Graph, most: int) -> Iterator[Doubt]:
    for row in graph.stream(READ_WORDS_TO_ASK, limit=most):
        kind = Kind.CONFLICT if row["conflict"] else Kind.STALE
        document, image = DocumentId(str(row["document"])), ImageId(str(row["image"]))
        yield Doubt(document, image, kind, priority(kind, 0.0))


def _unreferenced(graph: Graph, source: str, most: int) -> Iterator[Doubt]:
    for row in graph.stream(READ_FLAGS_TO_ASK, source=source, limit=most):
        document, image = DocumentId(str(row["document"])), ImageId(str(row["image"]))
        urgency = priority(Kind.UNREFERENCED, 1.0 - row["score"] / 10)
        yield Doubt(document, image, Kind.UNREFERENCED, urgency, row["score"])


def _confirmed(graph: Graph, source: str, best: _Best) -> Iterator[Doubt]:
    """Doubts of the scorer that nobody has spoken of, about nodes that are there once."""
    policy, held = read_policy(graph.read, source), read_held(graph.read, source)
    found = (
        doubt
        for row in graph.stream(READ_LEDGERS_TO_ASK, source=source)
        for doubt in doubts(DocumentId(row["document"]), _entries(row), policy)
        if doubt.image not in held and best.wants(doubt)
    )
    for some in _batches(found):
        rows = [
            {
                "number": number,
                "documents": forms(one.document),
                "images": forms(one.image),
                "others": [value for other in one.others for value in forms(other)],
            }
            for number, one in enumerate(some)
        ]
        for row in graph.read(READ_PAIRS_TO_ASK, rows=rows):
            doubt = some[row["number"]]
            if row["nodes"] != 1 or row["spoken"]:
                continue
            if doubt.kind is Kind.CLOSE:
                # A copy of the very same bytes scores the same, and asks nothing.
                hashes = {str(key): value for key, value in row["hashes"]}
                copy = {i for i, value in hashes.items() if value and value == row["hash"]}
                others = tuple(i for i in doubt.others if i in hashes.keys() - copy)
                if not others:
                    continue
                doubt = replace(doubt, others=others)
            yield doubt


def _entries(row: Mapping[str, list[float]]) -> Iterator[LedgerEntry]:
    columns = zip(row["images"], row["scores"], row["logOdds"], strict=True)
    return (
        LedgerEntry(ImageId(str(image)), score, log_odds, 0)
        for image, score, log_odds in columns
        if not isnan(score)
    )


def _says(there: Row | None, doubt: Doubt) -> bool:
    if there is None:
        return False
    other = doubt.others[0] if doubt.others else ""
    said = there["kind"], there["priority"], there["score"], there["other"]
    return said == (doubt.kind, doubt.priority, doubt.score, other)


def _remember(transaction: Transaction, source: str, at: int, run: str) -> None:
    transaction.run(WRITE_QUEUED, source=source, at=at, run=run)


def _batches(rows: Iterable[T]) -> Iterator[list[T]]:
    rows = iter(rows)
    while batch := list(islice(rows, _BATCH)):
        yield batch

"""Lets a section's document keep its history when the section is called otherwise.

A heading that is no longer the only one of its name, or one that is again, changes its section's
id, and so did the way in which release 0.1.0 counted equal headings. Node, evidence, ledgers and
what people said go along, so that nothing is lost and nothing is judged again.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kg_enrich.evidence.edges import delete_ledgers, restore_ledgers
from kg_enrich.evidence.settle import lock
from kg_enrich.graph.connection import Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import evidence_key, ledger_key, text_hash
from kg_enrich.loading.memory import SCHEME, Remembered
from kg_enrich.models import DocumentId, ImageId

READ_MOVED_DOCUMENTS = query("read_moved_documents")
READ_SOURCE_NAMES = query("read_source_names")
READ_EVIDENCE_KEYS = query("read_evidence_keys")
LOCK_LEDGERS = query("lock_ledgers")
RENAME_DOCUMENTS = query("rename_documents")
RENAME_EVIDENCE = query("rename_evidence")

# The mark of an id that release 0.1.0 made by counting.
_COUNTED = re.compile(r" \(\d+\)(/|$)")


@dataclass(frozen=True, slots=True)
class Shift:
    """What one file's documents may have been called before.

    counted: former ids by today's, where the file is what it was when its headings were counted.
    lost: ids that the file gives no more. given: hashes of title and text by today's ids.
    """

    counted: Mapping[str, str]
    lost: Sequence[str]
    given: Mapping[str, str]

    def __bool__(self) -> bool:
        return bool(self.counted or (self.lost and self.given))


def is_counted(file: Remembered) -> bool:
    """Whether a file's ids hold a count of equal headings, and are to be made anew."""
    return file.scheme < SCHEME and any(_COUNTED.search(one) for one in file.documents)


def carry(transaction: Transaction, shifts: Iterable[Shift]) -> dict[str, str]:
    """Renames documents with all that is kept under their ids. Returns today's ids by former ones.

    Nothing is renamed to an id that another document has and keeps.
    """
    shifts = [shift for shift in shifts if shift]
    if not shifts:
        return {}
    asked = {one for shift in shifts for one in (*shift.lost, *shift.given, *shift.counted)}
    asked.update(former for shift in shifts for former in shift.counted.values())
    rows = transaction.run(READ_MOVED_DOCUMENTS, ids=sorted(asked))
    there = {row["id"]: text_hash(str(row["title"]), str(row["text"])) for row in rows}
    moves: dict[str, str] = {}
    for shift in shifts:
        moves |= {former: now for now, former in shift.counted.items()}
        moves |= _by_text(shift, there, moves)
    # What stands in the way and does not move away keeps its id.
    while stuck := {f for f, now in moves.items() if now in there and now not in moves}:
        moves = {former: now for former, now in moves.items() if former not in stuck}
    if moves:
        _rename(transaction, moves)
    return moves


def _by_text(shift: Shift, there: Mapping[str, str], moves: Mapping[str, str]) -> dict[str, str]:
    """Documents that are gone from the file, while another of it has the same title and text."""
    taken = set(moves.values())
    free = {now: what for now, what in shift.given.items() if now not in taken}
    found: dict[str, str] = {}
    for former in shift.lost:
        if former in moves or former not in there:
            continue
        for now, what in free.items():
            if what == there[former] and now not in there:
                found[former] = now
                del free[now]
                break
    return found


def _rename(transaction: Transaction, moves: Mapping[str, str]) -> None:
    ordered = _order(moves)
    lock(transaction, {DocumentId(one) for one in (*moves, *moves.values())})
    edges = transaction.run(READ_EVIDENCE_KEYS, documents=ordered)
    transaction.run(
        RENAME_DOCUMENTS, rows=[{"former": former, "id": moves[former]} for former in ordered]
    )
    transaction.run(RENAME_EVIDENCE, rows=_keys(edges, moves, ordered))
    _rename_ledgers(transaction, moves)


def _order(moves: Mapping[str, str]) -> list[str]:
    """The former ids in an order in which each new one is free when it is taken."""
    ordered: list[str] = []
    left = dict(moves)
    while left:
        # Two that change places with each other do not occur: a count makes ids longer.
        free = sorted(former for former, now in left.items() if now not in left) or sorted(left)
        ordered += free
        for former in free:
            del left[former]
    return ordered


def _keys(edges: Sequence[Row], moves: Mapping[str, str], ordered: Sequence[str]) -> list[Row]:
    place = {former: number for number, former in enumerate(ordered)}
    rows = []
    for edge in sorted(edges, key=lambda edge: place[edge["document"]]):
        former, image = edge["document"], ImageId(str(edge["image"]))
        # An edge under a key that is not its own is withdrawn by the next run.
        if edge["key"] == evidence_key(DocumentId(former), image, edge["source"]):
            key = evidence_key(DocumentId(moves[former]), image, edge["source"])
            rows.append({"former": edge["key"], "key": key})
    return rows


def _rename_ledgers(transaction: Transaction, moves: Mapping[str, str]) -> None:
    sources = [row["source"] for row in transaction.run(READ_SOURCE_NAMES)]
    keys = {
        ledger_key(DocumentId(former), source): (DocumentId(now), source)
        for former, now in moves.items()
        for source in sources
    }
    ledgers = transaction.run(LOCK_LEDGERS, keys=sorted(keys)) if keys else []
    delete_ledgers(transaction, (row["key"] for row in ledgers))
    restored = {}
    for row in ledgers:
        document, source = keys[row["key"]]
        restored[ledger_key(document, source)] = {**row["properties"], "document": document}
    restore_ledgers(transaction, restored)

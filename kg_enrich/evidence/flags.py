"""Flags on images with strong evidence that no document references."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, islice
from typing import Any

from kg_enrich.errors import NotThereError
from kg_enrich.evidence.copies import group, groups
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, named_key
from kg_enrich.models import ImageId

READ_IMAGES_TO_FLAG = query("read_images_to_flag")
READ_IMAGES_TO_FLAG_OF = query("read_images_to_flag_of")
READ_FLAGS_TO_MEND = query("read_flags_to_mend")
READ_FLAG_STATES = query("read_flag_states")
WRITE_FLAGS = query("write_flags")
RESOLVE_FLAGS = query("resolve_flags")
READ_LOST_FLAGS = query("read_lost_flags")
DELETE_LOST_FLAGS = query("delete_lost_flags")
READ_OPEN_FLAGS = query("read_open_flags")
COUNT_OPEN_FLAGS = query("count_open_flags")
PAGE_OPEN_FLAGS = query("page_open_flags")
READ_FLAGS_BY_PREFIX = query("read_flags_by_prefix")
READ_FLAGS_OF_COPIES = query("read_flags_of_copies")
DISMISS_FLAG = query("dismiss_flag")

_BATCH = 1000
_DOCUMENTS = 3

# The last statement of every write: a run checks its fence there.
Check = Callable[[Transaction], None]


@dataclass(frozen=True, slots=True)
class FlagChanges:
    """What bringing the flags up to date came to, in flags; `open` is how many are open now."""

    raised: int = 0
    resolved: int = 0
    open: int = 0


@dataclass(frozen=True, slots=True)
class FlaggedDocument:
    """A document that an unreferenced image would be evidence for."""

    document: str | int
    title: str | None
    confidence: float
    reason: str
    source: str


@dataclass(frozen=True, slots=True)
class Flag:
    """An open flag. raised_at: ISO time. documents: the best ones, best first.

    copies: other images of the very same bytes that are flagged with the same confidence.
    """

    id: str
    image: str | int
    path: str | None
    confidence: float
    raised_at: str
    documents: tuple[FlaggedDocument, ...]
    copies: tuple[str | int, ...] = ()


def flag_id(image: ImageId) -> str:
    """Id of an image's flag: 32 hexadecimal digits."""
    return named_key("unreferenced", image)


def update(
    graph: Graph,
    min_confidence: float,
    run: str,
    check: Check = lambda _: None,
    timeout: float = 60.0,
    documents: Iterable[list[str | int]] | None = None,
) -> FlagChanges:
    """Raises, mends and resolves flags until they say what the graph says; in constant memory.

    documents: pages of ids; only flags that their evidence calls for are raised then, and no other
    evidence is looked at. None: all.

    min_confidence: in [0, 1], of the evidence that counts as strong. run: what is to stand in
    `runId`. check: the last statement of every write. timeout: seconds of a write.
    """
    raised = resolved = 0
    strong = {"confidence": min_confidence}
    if documents is None:
        to_flag = graph.stream(READ_IMAGES_TO_FLAG, **strong)
    else:
        to_flag = chain.from_iterable(
            graph.stream(READ_IMAGES_TO_FLAG_OF, ids=ids, **strong) for ids in documents
        )
    for reading in (to_flag, graph.stream(READ_FLAGS_TO_MEND, **strong)):
        for rows in _batches(reading):
            images = {ImageId(str(row["image"])) for row in rows}
            work = partial(
                _update, images=images, min_confidence=min_confidence, run=run, check=check
            )
            more_raised, more_resolved = graph.write(work, timeout)
            raised += more_raised
            resolved += more_resolved
    for rows in _batches(graph.stream(READ_LOST_FLAGS)):
        flags = [row["flag"] for row in rows]
        graph.write(partial(_forget, flags=flags, check=check), timeout)
    return FlagChanges(raised, resolved, count_open(graph))


def count_open(graph: Graph) -> int:
    """How many flags are open."""
    flags: int = graph.read(COUNT_OPEN_FLAGS)[0]["flags"]
    return flags


def read_open(graph: Graph, limit: int) -> list[Flag]:
    """Open flags, the most confident first; copies of one picture are one, `limit` at most."""

    def read(many: int) -> list[Row]:
        return graph.read(READ_OPEN_FLAGS, limit=many, documents=_DOCUMENTS)

    # Copies may differ in their order among equals: what they are evidence for is the same.
    return groups(read, lambda rows: [_flag(row) for row in group(rows, "confidence")], limit)


def page_open(graph: Graph, limit: int, after: str | None = None) -> tuple[list[Flag], str | None]:
    """The next open flags, the most confident first, and where those behind them begin.

    after: a place that the page before gave; None, and what is none, begins.
    """
    number, _, flag = (after or "").partition(":")
    try:
        confidence = float(number)
    except ValueError:
        confidence, flag = 2.0, ""
    rows = graph.read(
        PAGE_OPEN_FLAGS, confidence=confidence, flag=flag, limit=limit, documents=_DOCUMENTS
    )
    behind = f"{rows[-1]['confidence']!r}:{rows[-1]['flag']}" if len(rows) == limit else None
    return [_flag(row) for row in group(rows, "confidence")], behind


def mend(
    transaction: Transaction, images: Iterable[ImageId], min_confidence: float, run: str
) -> None:
    """Makes the flags of some images right. min_confidence, run: as of `update`."""
    _update(transaction, images, min_confidence, run, lambda _: None)


def dismiss(graph: Graph, identifier: str, reason: str, by: str) -> str | int | None:
    """Dismisses a flag for good and returns its image's id; done twice, it is done once.

    Those of copies, of the very same bytes, are dismissed with it: they are one picture.
    identifier: the flag's id or its beginning.
    Errors: NotThereError when it means none, or several.
    """
    found = graph.read(READ_FLAGS_BY_PREFIX, prefix=identifier)
    if len(found) != 1:
        many = "No flag's" if not found else "More than one flag's"
        raise NotThereError(
            f"{many} id begins with {identifier!r}: `kg-enrich unreferenced` lists."
        )
    flag = found[0]["flag"]

    def work(transaction: Transaction) -> None:
        copies = transaction.run(READ_FLAGS_OF_COPIES, flag=flag)
        for one in (flag, *(row["flag"] for row in copies)):
            transaction.run(DISMISS_FLAG, flag=one, reason=reason, by=by)

    graph.write(work)
    image: str | int | None = found[0]["image"]
    return image


def _update(
    transaction: Transaction,
    images: Iterable[ImageId],
    min_confidence: float,
    run: str,
    check: Check,
) -> tuple[int, int]:
    """Makes the flags of some images right; gives how many were raised and resolved."""
    rows = [{"ids": forms(image), "flag": flag_id(image)} for image in sorted(images)]
    states = transaction.run(READ_FLAG_STATES, rows=rows)
    copies = Counter(state["flag"] for state in states)
    wrong, over = [], []
    for state in states:
        # An image that is there twice is named by every run; whose flag it were, nobody knows.
        if copies[state["flag"]] > 1:
            continue
        best = state["best"]
        if best is not None and best >= min_confidence and not state["referenced"]:
            if not _says_so(state):
                wrong.append(state)
        elif state["status"] == "open":
            over.append(state["flag"])
    if wrong:
        transaction.run(WRITE_FLAGS, rows=[_row(state) for state in wrong], run=run)
    if over:
        transaction.run(RESOLVE_FLAGS, flags=over, run=run)
    check(transaction)
    return sum(state["status"] in (None, "resolved", "outdated") for state in wrong), len(over)


def _forget(transaction: Transaction, flags: list[str], check: Check) -> None:
    transaction.run(DELETE_LOST_FLAGS, flags=flags)
    check(transaction)


def _says_so(state: Row) -> bool:
    """Whether a flag that should be open is, or a person has dismissed it."""
    open_and_true = state["status"] == "open" and state["confidence"] == state["best"]
    return bool(state["attached"]) and (open_and_true or state["status"] == "dismissed")


def _row(state: Row) -> dict[str, Any]:
    return {"flag": state["flag"], "image": state["image"], "confidence": state["best"]}


def _batches(rows: Iterable[Row]) -> Iterator[list[Row]]:
    rows = iter(rows)
    while batch := list(islice(rows, _BATCH)):
        yield batch


def _flag(row: Row) -> Flag:
    documents = tuple(FlaggedDocument(**document) for document in row["documents"])
    return Flag(
        row["flag"],
        row["image"],
        row["path"],
        row["confidence"],
        row["raisedAt"],
        documents,
        row["copies"],
    )

"""Reads what a report says; nothing here is laid out."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import islice

from kg_enrich.evidence.flags import Flag, count_open, read_open
from kg_enrich.evidence.hubs import Why, read_hold_properties
from kg_enrich.evidence.models import Policy
from kg_enrich.evidence.queue import Kind, read_queue
from kg_enrich.evidence.sources import read_policy
from kg_enrich.evidence.unreadable import UnreadableImages
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.jobs.history import RunDetail, read_detail, read_history

READ_SCORE_BINS = query("read_score_bins")
READ_EVIDENCE_BINS = query("read_evidence_bins")
COUNT_COVERED_DOCUMENTS = query("count_covered_documents")
COUNT_COVERED_IMAGES = query("count_covered_images")
READ_BEST_EVIDENCE = query("read_best_evidence")
COUNT_WORDS = query("count_words")
READ_IMAGES = query("read_images")

# Bins a point of score.
_BINS = 2
_FLAGS = 24
_NOTICES = 12
_RUNS = 50
_ROWS = 100

# A picture of a file as a data URI, '' where there is none. Called with an image's path.
Picture = Callable[[str | None], str]


@dataclass(frozen=True, slots=True)
class Pair:
    """A pair as the report shows it. why: what is doubtful of it, '' for nothing."""

    document: str | int
    title: str
    image: str | int
    score: float | None
    reason: str
    picture: str
    why: str = ""
    referenced: bool = False


@dataclass(frozen=True, slots=True)
class Flagged:
    """An unreferenced image with its picture."""

    flag: Flag
    picture: str


@dataclass(frozen=True, slots=True)
class HeldImage:
    """An image that is held back as a hub, and for how many documents it would be evidence."""

    image: str
    path: str
    documents: int


@dataclass(frozen=True, slots=True)
class Coverage:
    """documents: all; covered: with evidence. The rest in images, of four kinds."""

    documents: int
    covered: int
    both: int
    evidence_only: int
    referenced_only: int
    neither: int

    @property
    def images(self) -> int:
        return self.both + self.evidence_only + self.referenced_only + self.neither


@dataclass(frozen=True, slots=True)
class Report:
    """All that a report says. judged, published: pairs by bin of score, from 0 to 10."""

    source: str
    address: str
    policy: Policy
    coverage: Coverage
    judged: tuple[int, ...]
    published: tuple[int, ...]
    words: dict[str, int]
    run: RunDetail | None
    best: tuple[Pair, ...]
    doubtful: tuple[Pair, ...]
    flagged: tuple[Flagged, ...]
    open_flags: int
    held: tuple[HeldImage, ...]
    unreadable: UnreadableImages
    settings: tuple[tuple[str, str], ...] = field(default_factory=tuple)


def gather(
    graph: Graph,
    source: str,
    pairs: int,
    picture: Picture,
    unreadable: UnreadableImages,
    settings: Sequence[tuple[str, str]],
) -> Report:
    """Everything that the graph says of a source now.

    pairs: shown with pictures, at most, half of them the best and half the most doubtful.
    Errors: GraphError when there is no such source.
    """
    flags = read_open(graph, _FLAGS)
    return Report(
        source,
        graph.uri,
        read_policy(graph.read, source),
        _coverage(graph, source),
        _bins(graph.read(READ_SCORE_BINS, source=source, bins=_BINS)),
        _bins(graph.read(READ_EVIDENCE_BINS, source=source, bins=_BINS)),
        {row["decision"]: row["words"] for row in graph.read(COUNT_WORDS)},
        _last_run(graph, source),
        tuple(islice(_best(graph, source, pairs - pairs // 2, picture), pairs - pairs // 2)),
        tuple(_doubtful(graph, source, pairs // 2, picture)),
        tuple(Flagged(flag, picture(flag.path)) for flag in flags),
        count_open(graph),
        _held(graph, source),
        unreadable,
        tuple(settings),
    )


def _coverage(graph: Graph, source: str) -> Coverage:
    documents = graph.read(COUNT_COVERED_DOCUMENTS, source=source)[0]
    images = {
        (row["evidence"], row["referenced"]): row["images"]
        for row in graph.read(COUNT_COVERED_IMAGES, source=source)
    }
    kinds = ((True, True), (True, False), (False, True), (False, False))
    counted = (images.get(kind, 0) for kind in kinds)
    return Coverage(documents["documents"], documents["covered"], *counted)


def _bins(rows: Iterable[Row]) -> tuple[int, ...]:
    bins = [0] * (10 * _BINS)
    for row in rows:
        # The score 10 belongs to the last bin.
        bins[min(max(row["bin"], 0), len(bins) - 1)] += row["pairs"]
    return tuple(bins)


def _last_run(graph: Graph, source: str) -> RunDetail | None:
    """The last run that found anything to do for the source, else the last one."""
    runs = [
        past
        for past in read_history(graph, _RUNS).runs
        if past.source == source and past.kind in ("run", "backfill")
    ]
    counters = ((past, past.record.counters) for past in runs)
    busy = (past for past, c in counters if c.scored or c.failed or c.published or c.withdrawn)
    last = next(busy, runs[0] if runs else None)
    return None if last is None else read_detail(graph, last.record.id, _NOTICES)


def _best(graph: Graph, source: str, many: int, picture: Picture) -> Iterable[Pair]:
    """The strongest evidence; a document's or an image's second comes after everybody's first."""
    rows = graph.read(READ_BEST_EVIDENCE, source=source, limit=4 * many)
    seen: set[tuple[str, object]] = set()
    first: list[Row] = []
    second: list[Row] = []
    for row in rows:
        names = {("document", row["document"]), ("image", row["image"])}
        (second if names & seen else first).append(row)
        seen |= names
    for row in [*first, *second][:many]:
        yield Pair(
            row["document"],
            row["title"] or "",
            row["image"],
            row["score"],
            row["reason"] or "",
            picture(row["path"]),
            referenced=row["referenced"],
        )


def _doubtful(graph: Graph, source: str, many: int, picture: Picture) -> Iterable[Pair]:
    if not many:
        return
    for item in read_queue(graph, source, None, many).items:
        # What is sure and merely unreferenced has its own place.
        if item.kind is Kind.UNREFERENCED:
            continue
        yield Pair(
            item.document,
            item.title or "",
            item.image,
            item.score,
            item.reason or "",
            picture(item.path),
            why(item.kind, item.other),
        )


def why(kind: Kind, other: str) -> str:
    """Why a pair is doubtful, for a person."""
    return {
        Kind.CONFLICT: "people differ",
        Kind.STALE: "text or image changed since people spoke",
        Kind.THRESHOLD: "near the minimum score",
        Kind.CLOSE: f"hard to tell from {other}",
        Kind.UNREFERENCED: "no document references it",
    }[kind]


def _held(graph: Graph, source: str) -> tuple[HeldImage, ...]:
    held = sorted(
        (
            one
            for one in read_hold_properties(graph.read, source).values()
            if one["why"] != Why.RIVALS
        ),
        key=lambda hold: (-hold["documents"], hold["image"]),
    )[:_ROWS]
    ids = [value for hold in held for value in forms(hold["image"])]
    paths = {str(row["id"]): str(row["path"] or "") for row in graph.read(READ_IMAGES, ids=ids)}
    return tuple(
        HeldImage(hold["image"], paths.get(hold["image"], ""), hold["documents"]) for hold in held
    )

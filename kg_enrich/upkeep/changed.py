"""What a run did to edges, read from what it kept for a rollback."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from kg_enrich.evidence.undo import Before, unpack
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.jobs.plan import Change, change_of
from kg_enrich.upkeep.undo_chunks import edges_now

PAGE_CHANGED = query("page_changed")
READ_PAIR_NAMES = query("read_pair_names")


@dataclass(frozen=True, slots=True)
class ChangedEdge:
    """An edge that a run wrote or withdrew. Ids as text.

    before, after: its confidence in [0, 1], None where there was no edge, or is none. title: of the
    document, '' where it is gone. known: whether `after` is; of what older releases changed and
    somebody changed since, it is not.
    """

    document: str
    image: str
    before: float | None
    after: float | None
    known: bool = True
    title: str = ""

    @property
    def change(self) -> Change | None:
        """What became of it; None where that is not known."""
        return change_of(self.before, self.after) if self.known else None


def page_changed(
    graph: Graph, run: str, limit: int, after: str | None = None
) -> tuple[list[ChangedEdge], str | None]:
    """The next edges that a run changed, in the order in which it did, and the place behind them.

    after: of the page before; None begins, as does what is no place. An edge that the run changed
    twice comes twice. Nothing comes of a run that was rolled back, or whose undo was forgotten.
    """
    first, _, passed = (after or "").partition(":")
    number, behind = (int(first), int(passed)) if (first + passed).isdigit() and passed else (0, 0)
    found: list[ChangedEdge] = []
    for at, edges in _chunks(graph, run, number):
        fresh = edges[behind:] if at == number else edges
        room = limit - len(found)
        found += fresh[:room]
        if len(fresh) > room:
            return _named(graph, found), f"{at}:{len(edges) - len(fresh) + room}"
    return _named(graph, found), None


def _chunks(graph: Graph, run: str, number: int) -> Iterator[tuple[int, list[ChangedEdge]]]:
    # One by one: a chunk may hold thousands of edges, and most pages end within one.
    while rows := graph.read(PAGE_CHANGED, run=run, number=number, limit=1):
        yield rows[0]["number"], _edges(graph, run, unpack(rows[0]["before"]))
        number = rows[0]["number"] + 1


def _edges(graph: Graph, run: str, chunk: Before) -> list[ChangedEdge]:
    """The edges of a chunk, in order of their ids."""
    unsaid = {key: one for key, one in chunk.edges.items() if one["left"] and "score" not in one}
    now = edges_now(graph.read, [run], Before(unsaid)) if unsaid else {}
    found = []
    for key, edge in chunk.edges.items():
        former = edge["properties"]
        one = ChangedEdge(edge["document"], edge["image"], _confidence(former), None)
        if key not in unsaid:
            one = replace(one, after=_confidence(edge if edge["left"] else None))
        else:
            stands = now[key]["runId"] == run
            one = replace(one, after=_confidence(now[key] if stands else None), known=stands)
        found.append(one)
    return sorted(found, key=lambda one: (one.document, one.image))


def _confidence(properties: Any) -> float | None:
    return None if properties is None else properties["score"] / 10


def _named(graph: Graph, edges: list[ChangedEdge]) -> list[ChangedEdge]:
    documents = [form for one in {edge.document for edge in edges} for form in forms(one)]
    if not documents:
        return edges
    (row,) = graph.read(READ_PAIR_NAMES, documents=documents, images=[])
    titles = {str(identifier): title or "" for identifier, title in row["titles"]}
    return [replace(one, title=titles.get(one.document, "")) for one in edges]

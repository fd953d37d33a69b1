"""A graph to review: documents with evidence of scores that are known, and pictures to look at."""

from pathlib import Path

from kg_enrich.graph.connection import Graph
from kg_enrich.models import Outcome
from tests.support.graphs import TableScorer, ask, make, run_table

SOURCE = "table"
TEXT = "Before.\n\n# Parts <b>bold</b>\nThe PUMP and the seal.\n\n# Rest\nnothing"


def lay_out(graph: Graph, folder: Path, documents: int = 4, images: int = 3) -> None:
    """Documents d0, d1 ... with images d0-a, d0-b ...: the first two of each are published."""
    names = "abcdefgh"[:images]
    wanted = {f"d{n}": [f"d{n}-{name}" for name in names] for n in range(documents)}
    candidates: dict[str | int, list[str | int]] = {d: [*wanted[d]] for d in wanted}
    make(graph, folder, dict.fromkeys(candidates, TEXT), candidates)
    scores: dict[tuple[str, str], float | Outcome | None] = {}
    for document, several in wanted.items():
        for place, image in enumerate(several):
            scores[document, image] = 9.0 - place if place < 2 else 3.0
    run_table(graph, folder, TableScorer(scores))
    ask(
        graph,
        "MATCH (d:Document) SET d.title = 'Title of ' + d.id "
        "WITH d MATCH (d)-[r:HAS_EVIDENCE]->() SET r.reason = 'matches: pump, seal'",
    )


def words(graph: Graph) -> set[tuple[str, str, str, str]]:
    """What is in force for people's own Cypher: (document, image, decision, by)."""
    rows = ask(
        graph,
        "MATCH (d:Document)-[v:REVIEWED]->(i:Image) "
        "RETURN d.id AS d, i.id AS i, v.decision AS decision, v.by AS by",
    )
    return {(row["d"], row["i"], row["decision"], row["by"]) for row in rows}

"""What `chaos` and `soak` work on: a small company's folder, and whole graphs kept and put back."""

import json
import random
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from kg_enrich.graph.connection import Graph
from tests.support.export import picture
from tests.support.graphs import ask, empty

PARTS = ("pump", "valve", "motor", "sensor", "belt", "filter", "gearbox", "cable", "relay", "fan")
TROUBLES = ("leaks", "overheats", "stalls", "rattles", "trips", "corrodes", "drifts", "jams")
_ROWS = 500


def words(number: int) -> list[str]:
    """The words in a picture; no two pictures have the same."""
    draw = random.Random(number)
    code = 1000 + 37 * number
    return [f"{draw.choice(PARTS)} P-{code}", f"code E{code + 5}", f"serial {code * 7}",
            draw.choice(TROUBLES)]  # fmt: skip


def lay_out(folder: Path, documents: int, images: int, pictures: int) -> None:
    """JSONL files to load. Images beyond `pictures` are further names of the same files."""
    folder.mkdir(parents=True)
    for number in range(pictures):
        picture(folder / f"{number}.png", "\n".join(words(number)))
    write_rows(
        folder / "documents.jsonl", [document(number, pictures) for number in range(documents)]
    )
    write_rows(
        folder / "images.jsonl",
        [{"id": f"i{n:04}", "path": f"{n % pictures}.png"} for n in range(images)],
    )
    write_rows(
        folder / "references.jsonl",
        [{"document_id": f"d{n:04}", "image_id": f"i{n % images:04}"}
         for n in range(0, documents, 10)],
    )  # fmt: skip


def document(number: int, pictures: int, edition: int = 0) -> dict[str, str]:
    """A report that tells of two pictures. edition: another one tells of other pictures."""
    first, second = (number + edition) % pictures, (number * 7 + 3 + edition) % pictures
    told = "; ".join(words(first) + words(second))
    return {"id": f"d{number:04}", "title": f"Report {number}", "text": f"Found: {told}."}


def write_rows(file: Path, rows: Sequence[dict[str, str]]) -> None:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")


class Kept(NamedTuple):
    """All nodes and edges of a graph but its migrations."""

    nodes: list[dict[str, Any]]
    edges: list[dict[str, Any]]


def keep(graph: Graph) -> Kept:
    nodes = ask(
        graph,
        "MATCH (n) WHERE NOT n:__Neo4jMigration "
        "RETURN elementId(n) AS id, labels(n) AS labels, properties(n) AS properties",
    )
    edges = ask(
        graph,
        "MATCH (a)-[r]->(b) WHERE NOT a:__Neo4jMigration RETURN elementId(a) AS start, "
        "elementId(b) AS end, type(r) AS type, properties(r) AS properties",
    )
    return Kept(nodes, edges)


def put_back(graph: Graph, kept: Kept) -> None:
    """Makes the graph what it was."""
    empty(graph)
    ids: dict[str, str] = {}
    by_labels = defaultdict(list)
    for node in kept.nodes:
        by_labels[":".join(f"`{label}`" for label in node["labels"])].append(node)
    for labels, nodes in by_labels.items():
        for rows in _portions(nodes):
            made = ask(
                graph,
                f"UNWIND $rows AS row CREATE (n:{labels}) SET n = row.properties "
                "RETURN row.id AS old, elementId(n) AS new",
                rows=rows,
            )
            ids |= {row["old"]: row["new"] for row in made}
    by_type = defaultdict(list)
    for edge in kept.edges:
        by_type[edge["type"]].append(
            {"a": ids[edge["start"]], "b": ids[edge["end"]], "properties": edge["properties"]}
        )
    for kind, edges in by_type.items():
        for rows in _portions(edges):
            ask(
                graph,
                "UNWIND $rows AS row MATCH (a) WHERE elementId(a) = row.a "
                "MATCH (b) WHERE elementId(b) = row.b "
                f"CREATE (a)-[r:`{kind}`]->(b) SET r = row.properties",
                rows=rows,
            )


def _portions(rows: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    return [rows[start : start + _ROWS] for start in range(0, len(rows), _ROWS)]

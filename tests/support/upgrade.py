"""A graph that an earlier release wrote, put back exactly as it was."""

import base64
import json
import os
from datetime import datetime
from math import nan
from pathlib import Path
from typing import Any

from neo4j.time import Duration

from kg_enrich.graph import migrations
from kg_enrich.graph.connection import Graph
from tests.support.bare import strip
from tests.support.graphs import ask

DATA = Path(__file__).parents[1] / "data"


def restore(graph: Graph, folder: Path, release: str) -> None:
    """Nodes, edges and image files of tests/data/graph-<release>.json, with that release's schema.

    Errors: AssertionError when a migration that it holds was edited since.
    """
    stored = json.loads((DATA / f"graph-{release}.json").read_text(encoding="utf-8"))
    strip(graph)
    known = {one.source: one for one in migrations.load()}
    sources = sorted(
        node["properties"]["source"]
        for node in stored["nodes"]
        if "source" in node["properties"] and "__Neo4jMigration" in node["labels"]
    )
    migrations.apply(graph, [known[source] for source in sources])
    ask(graph, "MATCH (n:__Neo4jMigration) DETACH DELETE n")
    for node in stored["nodes"]:
        labels = "".join(f":{label}" for label in node["labels"])
        properties = _value(node["properties"])
        ask(
            graph,
            f"CREATE (n{labels}) SET n = $properties, n.testId = $id",
            properties=properties,
            id=node["id"],
        )
    for edge in stored["edges"]:
        ask(
            graph,
            "MATCH (a {testId: $start}), (b {testId: $end}) "
            f"CREATE (a)-[r:{edge['type']}]->(b) SET r = $properties",
            **{**edge, "properties": _value(edge["properties"])},
        )
    ask(graph, "MATCH (n) REMOVE n.testId")
    for name, data in stored["files"].items():
        file = folder / name
        file.write_bytes(base64.b64decode(data))
        os.utime(file, ns=(stored["changed_ns"], stored["changed_ns"]))


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return [_value(one) for one in value]
    if not isinstance(value, dict):
        return value
    if "$bytes" in value:
        return base64.b64decode(value["$bytes"])
    if "$time" in value:
        text = value["$time"]
        return Duration.from_iso_format(text) if text[0] == "P" else datetime.fromisoformat(text)
    if "$nan" in value:
        return nan
    return {name: _value(one) for name, one in value.items()}

"""Checks of the graph: server, schema, rights, clock, documents and images."""

import re
import time
import uuid
from collections.abc import Sequence
from pathlib import Path

from kg_enrich.doctor.checks import Check, Finding, Health, bad, check, doubtful, well
from kg_enrich.errors import GraphError, ImageError
from kg_enrich.graph import migrations, schema
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.indexes import read_indexes
from kg_enrich.graph.queries import query
from kg_enrich.images.decoding import resolve

COUNT_IMAGES = query("count_images")
COUNT_READ_FAILURES = query("count_read_failures")
COUNT_USABLE_DOCUMENTS = query("count_usable_documents")
COUNT_USABLE_IMAGES = query("count_usable_images")
READ_CHUNK_TEXT_EXISTS = query("read_chunk_text_exists")
READ_DOCUMENT_USABLE = query("read_document_usable")
READ_IMAGE_USABLE = query("read_image_usable")
READ_CLOCK = query("read_clock")
READ_ROUTES = query("read_routes")
TRY_WRITE = query("try_write")
SAMPLE_IMAGE_PATHS = query("sample_image_paths")
COUNT_IMAGES_TO_READ = query("count_images_to_read")
READ_IMAGE_TEXT_EXISTS = query("read_image_text_exists")
READ_CANDIDATE_EDGE_EXISTS = query("read_candidate_edge_exists")

NAMES = (
    "neo4j", "reading", "properties", "writing", "migrations", "constraints", "indexes", "clock",
    "image files", "unreadable images", "candidates",
)  # fmt: skip

_SECONDS_APART = 5.0
_SAMPLE = 200
_CONSTRAINT = re.compile(r"CREATE CONSTRAINT (\w+)")
_MIGRATE = "Run `kg-enrich migrate`."


def unreachable(reason: str) -> list[Check]:
    """The checks for a graph that could not be opened."""
    first, *rest = NAMES
    advice = "Start Neo4j, or mend NEO4J_URI, NEO4J_USERNAME, NEO4J_PASSWORD, NEO4J_DATABASE."
    return [
        Check(first, Health.FAILED, reason, advice),
        *(Check(name, Health.FAILED, "not checked", "Mend neo4j first.") for name in rest),
    ]


def examine_graph(graph: Graph, roots: Sequence[Path], candidates: Sequence[str]) -> list[Check]:
    """Checks a graph that answers, and leaves nothing behind in it.

    roots: from `images.image_roots`. candidates: names of candidate sources.
    """
    looks = (
        lambda: _server(graph),
        lambda: _reading(graph),
        lambda: _properties(graph),
        lambda: _writing(graph),
        lambda: _migrations(graph),
        lambda: _constraints(graph),
        lambda: _indexes(graph),
        lambda: _clock(graph),
        lambda: _image_files(graph, roots),
        lambda: _unreadable(graph),
        lambda: _candidates(graph, candidates),
    )
    advice = {
        "neo4j": "Update Neo4j.",
        "reading": "Grant the user the right to read.",
        "writing": "Grant the user the right to write, or name a database that is not read-only.",
        "migrations": "Follow the message, then run `kg-enrich migrate`.",
        "indexes": "Follow the message, then run `kg-enrich migrate`.",
    }
    return [
        check(name, look, advice.get(name, "See what Neo4j's log says."))
        for name, look in zip(NAMES, looks, strict=True)
    ]


def _server(graph: Graph) -> Finding:
    server = graph.server()
    schema.require_supported(server)
    seen = f"{server.version} {server.edition} at {server.address}, database {server.database}"
    try:
        routes = graph.read(READ_ROUTES)
    except GraphError:  # without the right to ask, there is nothing to warn of
        return well(seen)
    return one_of_many(seen, server.address, routes)


def one_of_many(seen: str, address: str, routes: Sequence[Row]) -> Finding:
    """Whether an address speaks to one server of a cluster only. routes: of `read_routes`."""
    servers = {server for row in routes for server in row["addresses"]}
    if address.startswith("bolt") and len(servers) > 1:
        return doubtful(
            f"{seen}, one of {len(servers)} servers of a cluster",
            "Write neo4j:// for bolt:// in NEO4J_URI: who leads may change, and bolt:// stays.",
        )
    return well(seen)


def _reading(graph: Graph) -> Finding:
    documents = graph.read(COUNT_USABLE_DOCUMENTS)[0]["nodes"]
    images = graph.read(COUNT_USABLE_IMAGES)[0]["nodes"]
    names = graph.names
    seen = f"{documents} {names.document_label}, {images} {names.image_label} nodes"
    if documents and images:
        return well(seen)
    return doubtful(
        seen, "Load some, or name your labels in KG_ENRICH_DOCUMENT_LABEL and _IMAGE_LABEL."
    )


def _properties(graph: Graph) -> Finding:
    """Whether nodes have the properties that judging needs, counted over all of them."""
    names = graph.names
    documents = graph.read(COUNT_USABLE_DOCUMENTS)[0]
    images = graph.read(COUNT_USABLE_IMAGES)[0]
    chunked = names.chunk_label is not None and graph.read(READ_CHUNK_TEXT_EXISTS)
    wanted = (
        (documents, "keyed", names.document_label, names.document_key, "DOCUMENT_KEY"),
        (documents, "worded", names.document_label, names.document_text, "DOCUMENT_TEXT"),
        (images, "keyed", names.image_label, names.image_key, "IMAGE_KEY"),
        (images, "placed", names.image_label, names.image_path, "IMAGE_PATH"),
    )
    seen = ", ".join(f"{row[what]} of {row['nodes']} {label}.{name}"
                     for row, what, label, name, _ in wanted)  # fmt: skip
    lacking = [
        f"KG_ENRICH_{setting}"
        for row, what, _, _, setting in wanted
        if row["nodes"] and not row[what] and not (what == "worded" and chunked)
    ]
    if lacking:
        there = {*graph.read(READ_DOCUMENT_USABLE)[0]["names"]}
        there |= {*graph.read(READ_IMAGE_USABLE)[0]["names"]}
        return bad(seen, f"Set {' and '.join(lacking)}; there are {', '.join(sorted(there))}.")
    if any(row["keyed"] < row["nodes"] for row in (documents, images)):
        return doubtful(seen, "Give the rest ids that are strings or integers: they are left out.")
    return well(seen)


def _writing(graph: Graph) -> Finding:
    with graph.hold(TRY_WRITE, id=f"doctor {uuid.uuid4()}"):
        pass
    return well("tried and rolled back")


def _migrations(graph: Graph) -> Finding:
    applied = migrations.read_applied(graph)
    pending = migrations.plan(migrations.load(), applied)
    if pending:
        return bad(f"missing: {', '.join(one.source for one in pending)}", _MIGRATE)
    return well(f"{len(applied)} applied")


def _constraints(graph: Graph) -> Finding:
    there = {row["constraint"] for row in read_indexes(graph)}
    needed = [
        name
        for migration in migrations.load()
        for statement in migration.executable
        for name in _CONSTRAINT.findall(statement)
    ]
    missing = [name for name in needed if name not in there]
    if missing:
        return bad(
            f"missing: {', '.join(missing)}",
            "Run `kg-enrich migrate`; where it finds nothing to do, somebody dropped them: run "
            "the statements of migrations/ that make them.",
        )
    return well(f"all {len(needed)} are there")


def _indexes(graph: Graph) -> Finding:
    items = schema.plan(graph)
    absent = [item for item in items if item.state != schema.ONLINE]
    if absent:
        states = (f"{item.need.what} ({(item.state or 'missing').lower()})" for item in absent)
        return bad(", ".join(states), _MIGRATE)
    return well(f"all {len(items)} are online")


def _clock(graph: Graph) -> Finding:
    before = time.time()
    server = graph.read(READ_CLOCK)[0]["now"] / 1000
    apart = server - (before + time.time()) / 2
    seen = f"Neo4j's is {abs(apart):.1f} s {'ahead of' if apart > 0 else 'behind'} this host's"
    if abs(apart) > _SECONDS_APART:
        return doubtful(seen, "Keep both hosts' time by NTP: logs and --since go by this host's.")
    return well(seen)


def _image_files(graph: Graph, roots: Sequence[Path]) -> Finding:
    images = graph.read(COUNT_IMAGES)[0]["images"]
    # Draw twice as many as are checked, so that chance seldom leaves too few.
    share = min(1.0, 2 * _SAMPLE / max(images, 1))
    rows = graph.read(SAMPLE_IMAGE_PATHS, share=share, limit=_SAMPLE)
    if not rows:
        return doubtful("no images to look for", "Load images.")
    problems = [problem for row in rows if (problem := _problem(row["path"], roots))]
    seen = f"{len(rows) - len(problems)} of {len(rows)} images that were looked for are there"
    if not problems:
        return well(seen)
    advice = (
        f"For example {problems[0]}. Name the folders that paths start from in "
        "KG_ENRICH_IMAGE_ROOTS, and the property that holds them in KG_ENRICH_IMAGE_PATH."
    )
    return bad(seen, advice) if len(problems) == len(rows) else doubtful(seen, advice)


def _problem(path: object, roots: Sequence[Path]) -> str:
    if not isinstance(path, str):
        return "an image has no path"
    try:
        resolve(path, roots)
    except ImageError as error:
        return str(error)
    return ""


def _unreadable(graph: Graph) -> Finding:
    rows = graph.read(COUNT_READ_FAILURES)
    if not rows:
        return well("no image is on record as unreadable")
    seen = ", ".join(f"{row['images']} by {row['depends'] or 'their files'}" for row in rows)
    return doubtful(
        f"images that could not be read: {seen}",
        f"For example {rows[0]['example']}. They are left alone until that changes; "
        "`kg-enrich unreadable` lists them, `kg-enrich read-images --retry-failed` tries again.",
    )


def _candidates(graph: Graph, sources: Sequence[str]) -> Finding:
    empty = []
    if "fulltext" in sources and not graph.read(READ_IMAGE_TEXT_EXISTS):
        empty.append("fulltext: no image has a caption or text")
    elif "fulltext" in sources and (unread := graph.read(COUNT_IMAGES_TO_READ)[0]["images"]):
        empty.append(f"fulltext: {unread} images have no caption and were never read")
    if "explicit" in sources and not graph.read(READ_CANDIDATE_EDGE_EXISTS):
        empty.append("explicit: there are no CANDIDATE_IMAGE edges")
    if empty:
        return doubtful(
            "; ".join(empty), "Run `kg-enrich read-images`, or set CANDIDATE_IMAGE edges."
        )
    return well(", ".join(sources))

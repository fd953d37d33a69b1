"""Indexes and constraints over the user's names, which migrations cannot know.

An index that serves is used, whatever its name. An index that we make has a name with a hash of its
label and properties, because IF NOT EXISTS silently does nothing when another index has the name.
"""

import re
import time
from dataclasses import dataclass

from kg_enrich.errors import GraphBehindError, GraphError, SettingsError
from kg_enrich.graph import migrations
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.explained import Server
from kg_enrich.graph.indexes import read_indexes
from kg_enrich.graph.migration_lock import drop_unfinished, locked
from kg_enrich.graph.queries import Query, query, quote, render
from kg_enrich.identity import named_key
from kg_enrich.names import OCR_TEXT, Names

CREATE_DOCUMENT_INDEX = query("create_document_index")
CREATE_IMAGE_INDEX = query("create_image_index")
CREATE_IMAGE_HASH_INDEX = query("create_image_hash_index")
CREATE_IMAGE_TEXT_INDEX = query("create_image_text_index")
CREATE_EVIDENCE_CONSTRAINT = query("create_evidence_constraint")

OLDEST_SERVER = (5, 26)
KEY = "key"
IMAGE_HASH = "imageHash"
ANALYZER = "cjk"
ONLINE, POPULATING, FAILED = "ONLINE", "POPULATING", "FAILED"


@dataclass(frozen=True, slots=True)
class Need:
    """An index that we need over the user's names, alone or under a uniqueness constraint.

    kind: 'RANGE' or 'FULLTEXT'. entity: 'NODE' or 'RELATIONSHIP'. label: a label or a type.
    """

    what: str
    definition: Query
    kind: str
    entity: str
    label: str
    properties: tuple[str, ...]
    unique: bool = False

    @property
    def name(self) -> str:
        """The name that we give it."""
        digest = named_key(self.definition.name, self.label, *self.properties)
        return f"kg_enrich_{self.definition.name.removeprefix('create_')}_{digest[:12]}"

    def served_by(self, row: Row) -> bool:
        """Whether an index does all that we need. A full-text index may cover more properties."""
        if not self._concerns(row):
            return False
        if self.kind == "FULLTEXT":
            analyzer = row["options"]["indexConfig"]["fulltext.analyzer"]
            return analyzer == ANALYZER and set(row["properties"]) >= set(self.properties)
        constrained = row["constraint"] is not None or not self.unique
        return constrained and row["properties"] == list(self.properties)

    def hindered_by(self, row: Row) -> bool:
        """Whether another index covers the same properties: Neo4j allows no second one."""
        same = self._concerns(row) and row["properties"] == list(self.properties)
        return same and row["name"] != self.name

    def _concerns(self, row: Row) -> bool:
        about = row["kind"], row["entity"], row["labels"]
        return about == (self.kind, self.entity, [self.label])


@dataclass(frozen=True, slots=True)
class Item:
    """A need, and what the graph has for it. `state` is None when there is nothing yet."""

    need: Need
    name: str
    state: str | None = None
    failure: str = ""


def needs(names: Names) -> tuple[Need, ...]:
    """Everything that we need over these names."""
    document, document_key = names.document_label, names.document_key
    image, image_key = names.image_label, names.image_key
    texts, evidence = (names.image_caption, OCR_TEXT), names.evidence_type
    return (
        Need(
            f"index on {document}.{document_key}",
            CREATE_DOCUMENT_INDEX, "RANGE", "NODE", document, (document_key,),
        ),
        Need(
            f"index on {image}.{image_key}",
            CREATE_IMAGE_INDEX, "RANGE", "NODE", image, (image_key,),
        ),
        Need(
            f"index on {image}.{IMAGE_HASH}",
            CREATE_IMAGE_HASH_INDEX, "RANGE", "NODE", image, (IMAGE_HASH,),
        ),
        Need(
            f"full-text index on {image}.{' and '.join(texts)}",
            CREATE_IMAGE_TEXT_INDEX, "FULLTEXT", "NODE", image, texts,
        ),
        Need(
            f"uniqueness constraint on {evidence}.{KEY}",
            CREATE_EVIDENCE_CONSTRAINT, "RANGE", "RELATIONSHIP", evidence, (KEY,), unique=True,
        ),
    )  # fmt: skip


def plan(graph: Graph) -> list[Item]:
    """What we need and what is there. It changes nothing.

    Errors: GraphError when an index that does not serve prevents one that would.
    """
    rows = read_indexes(graph)
    return [_item(need, rows) for need in needs(graph.names)]


def ensure(graph: Graph) -> list[str]:
    """Makes what is missing, waits until it is online, and returns what it made.

    Errors: GraphError when an index cannot be made (it names the index and the server's reason),
    or when another tool is migrating.
    """
    if all(item.state == ONLINE for item in plan(graph)):
        return []
    with locked(graph):
        drop_unfinished(graph, [need.name for need in needs(graph.names) if need.unique])
        missing = [item for item in plan(graph) if item.state is None]
        for item in missing:
            graph.define(render(item.need.definition, graph.names), name=item.name)
        for item in _settled(graph):
            _require_online(item)
    return [item.need.what for item in missing]


def fulltext_index(graph: Graph) -> str:
    """The name of the index that finds full-text candidates."""
    for item in plan(graph):
        if item.need.kind == "FULLTEXT" and item.state == ONLINE:
            return item.name
    raise GraphBehindError(f"{graph.uri} has no full-text index yet: run `kg-enrich migrate`.")


def require_vector_index(graph: Graph, name: str | None) -> None:
    """Errors: SettingsError when no vector index of this name over images is online."""
    label = graph.names.image_label
    serving = [
        row["name"]
        for row in read_indexes(graph)
        if row["kind"] == "VECTOR" and row["labels"] == [label] and row["state"] == ONLINE
    ]
    if name not in serving:
        raise SettingsError(
            f"KG_ENRICH_VECTOR_INDEX: {'unset' if name is None else repr(name)} is no vector index "
            f"over {label} that is online; there is {', '.join(serving) or 'none'}."
        )


def require_supported(server: Server) -> None:
    """Errors: GraphError when the server is too old for our queries."""
    numbers = re.match(r"(\d+)\.(\d+)", server.version)
    if numbers is None or (int(numbers[1]), int(numbers[2])) < OLDEST_SERVER:
        raise GraphError(
            f"Neo4j at {server.address} is version {server.version}: kg-enrich needs 5.26 or newer."
        )


def require_current(graph: Graph) -> None:
    """Checks that migrations and schema are as this version needs them.

    Errors: GraphBehindError when they are not; GraphError when the server is too old.
    """
    require_supported(graph.server())
    pending = migrations.plan(migrations.load(), migrations.read_applied(graph))
    behind = [migration.source for migration in pending]
    behind += [item.need.what for item in plan(graph) if item.state != ONLINE]
    if behind:
        raise GraphBehindError(
            f"{graph.uri} still lacks {', '.join(behind)}: run `kg-enrich migrate`."
        )


def _item(need: Need, rows: list[Row]) -> Item:
    for row in rows:
        if need.served_by(row):
            reason = (row["failure"].strip().splitlines() or [""])[0][:300]
            return Item(need, row["name"], row["state"], reason)
    for row in rows:
        if need.hindered_by(row):
            raise GraphError(
                f"Index {row['name']} stands in the way of the {need.what} that is needed: run "
                f"DROP INDEX {quote(row['name'])}, then `kg-enrich migrate`."
            )
    return Item(need, need.name)


def _settled(graph: Graph) -> list[Item]:
    """The plan, once Neo4j has filled every index."""
    items = plan(graph)
    while any(item.state == POPULATING for item in items):
        time.sleep(0.1)
        items = plan(graph)
    return items


def _require_online(item: Item) -> None:
    if item.state == FAILED:
        raise GraphError(
            f"The {item.need.what} failed ({item.failure}): mend the data, run DROP INDEX "
            f"{quote(item.name)}, then `kg-enrich migrate`."
        )
    if item.state != ONLINE:
        raise GraphError(
            f"The {item.need.what} was not made: is its name {item.name} another one's?"
        )

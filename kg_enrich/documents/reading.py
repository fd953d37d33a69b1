"""Reads documents by id, and names those that cannot be used."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from kg_enrich.documents.chunks import with_chunks
from kg_enrich.documents.conditions import holds
from kg_enrich.graph.connection import Graph, Read, Row
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, text_hash, text_version
from kg_enrich.models import Condition, Document, DocumentId, Notice, RunNotice, Scope
from kg_enrich.names import Names

READ_DOCUMENTS = query("read_documents")
READ_DOCUMENT_PROPERTIES = query("read_document_properties")


def read_documents(
    graph: Graph, ids: Iterable[str | int], scope: Scope
) -> tuple[list[tuple[Document, str | int]], list[RunNotice]]:
    """Those of the documents that labels and conditions of the scope cover, and what hinders.

    The documents come with their ids as the graph has them.
    """
    place = {str(value): number for number, value in enumerate(ids)}
    asked = {
        # In every form, so that a label that holds both 42 and '42' is seen to.
        "ids": [form for value in place for form in forms(value)],
        "labels": list(scope.labels),
    }
    nodes, notices = _covered(graph, asked, scope.conditions)
    if nodes == []:
        return [], notices
    rows = graph.read(READ_DOCUMENTS, **asked, nodes=nodes)
    # In the order of the ids, which not every server keeps. 42.0, where 42 was asked for, has none.
    rows.sort(key=lambda row: place.get(str(row["id"]), 0))
    documents, met = _documents(with_chunks(graph.read, graph.names, rows))
    return documents, notices + met


def _covered(
    graph: Graph, asked: Mapping[str, Any], conditions: Sequence[Condition]
) -> tuple[list[str] | None, list[RunNotice]]:
    """Element ids of the nodes for which all conditions hold (None: all), and what hinders.

    Before any text is read: a scope may leave nearly all documents out.
    """
    if not conditions:
        return None, []
    names = [condition.property for condition in conditions]
    nodes: list[str] = []
    notices: list[RunNotice] = []
    for row in graph.read(READ_DOCUMENT_PROPERTIES, **asked, properties=names):
        answers = [
            holds(condition, value)
            for condition, value in zip(conditions, row["values"], strict=True)
        ]
        if all(answers):
            nodes.append(row["node"])
        # What another condition leaves out is nobody's loss.
        elif all(answer is not False for answer in answers):
            notices += [
                _incomparable(condition, value)
                for condition, value, answer in zip(conditions, row["values"], answers, strict=True)
                if answer is None
            ]
    return nodes, list(dict.fromkeys(notices))


def _incomparable(condition: Condition, value: Any) -> RunNotice:
    """One for all documents that have the same kind of value."""
    asked = "a time" if condition.operator == "since" else f"{condition.values[0]!s}"
    detail = f"is {type(value).__name__} in some documents, which are left out: that is "
    return RunNotice(
        Notice.INCOMPARABLE_VALUE,
        condition.property,
        detail + f"nothing to compare by {condition.operator} with {asked}",
    )


def read_text_hashes(read: Read, names: Names, ids: Iterable[str | int]) -> dict[DocumentId, str]:
    """Hashes of what people read in these documents, as `identity.text_hash` gives them.

    A document without a usable text has none.
    """
    rows = read(READ_DOCUMENTS, ids=list(ids), labels=[], nodes=None)
    documents, _ = _documents(with_chunks(read, names, rows))
    return {document.id: text_hash(document.title, document.text) for document, _ in documents}


def _documents(rows: list[Row]) -> tuple[list[tuple[Document, str | int]], list[RunNotice]]:
    copies = Counter(str(row["id"]) for row in rows)
    documents: list[tuple[Document, str | int]] = []
    notices: list[RunNotice] = []
    for row in rows:
        # Named once a run already; 42.0 is found where 42 was asked for.
        if isinstance(row["id"], float):
            continue
        identifier = DocumentId(str(row["id"]))
        title, text = row["title"] or "", row["text"] or ""
        if copies[identifier] > 1:
            detail = f"{copies[identifier]} nodes carry this id; give each its own"
            notices.append(RunNotice(Notice.DUPLICATE_DOCUMENT, identifier, detail))
        elif not isinstance(text, str) or not isinstance(title, str):
            notices.append(
                RunNotice(Notice.EMPTY_DOCUMENT, identifier, "its text or title is not a string")
            )
        elif not text.strip() and not title.strip():
            notices.append(RunNotice(Notice.EMPTY_DOCUMENT, identifier, "it has no text"))
        else:
            given = row["version"]
            version = text_version(title, text) if given is None else str(given)
            documents.append((Document(identifier, title, text, version), row["id"]))
    return documents, list(dict.fromkeys(notices))

"""What must be there for a run to be more than a success that did nothing."""

from collections.abc import Collection, Iterable, Sequence
from itertools import islice

from kg_enrich.errors import NotThereError, SettingsError
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import Notice, RunNotice, Scope

COUNT_DOCUMENTS = query("count_documents")
READ_DOCUMENT_USABLE = query("read_document_usable")
READ_IMAGE_USABLE = query("read_image_usable")
READ_CHUNK_TEXT_EXISTS = query("read_chunk_text_exists")
READ_UNUSABLE_DOCUMENTS = query("read_unusable_documents")
READ_UNUSABLE_IMAGES = query("read_unusable_images")
READ_DOCUMENT_IDS = query("read_document_ids")
READ_KNOWN_LABELS = query("read_known_labels")
READ_KNOWN_PROPERTIES = query("read_known_properties")
READ_KNOWN_CONTAINERS = query("read_known_containers")

_IDS = 1000
_SHOWN = 3


def count_documents(graph: Graph) -> int:
    """How many documents the graph holds."""
    documents: int = graph.read(COUNT_DOCUMENTS)[0]["documents"]
    return documents


def require_documents(graph: Graph) -> int:
    """How many documents the graph holds.

    Errors: NotThereError when it holds none, or none of them, or of the images, has what judging
    needs: a key, and a text or a path.
    """
    documents, names = count_documents(graph), graph.names
    if not documents:
        raise NotThereError(
            f"{graph.uri} has no {names.document_label} node: load documents first, or "
            "say with KG_ENRICH_DOCUMENT_LABEL what yours are called."
        )
    (there,) = graph.read(READ_DOCUMENT_USABLE)
    label = f"{documents} {names.document_label} nodes"
    if not there["keyed"]:
        raise _lacking(label, names.document_key, "KG_ENRICH_DOCUMENT_KEY", there["names"])
    chunked = names.chunk_label is not None and graph.read(READ_CHUNK_TEXT_EXISTS)
    if not there["worded"] and not chunked:
        raise _lacking(label, names.document_text, "KG_ENRICH_DOCUMENT_TEXT", there["names"])
    _require_images(graph)
    return documents


def _require_images(graph: Graph) -> None:
    names = graph.names
    (there,) = graph.read(READ_IMAGE_USABLE)
    if not there["any"]:
        raise NotThereError(
            f"{graph.uri} has no {names.image_label} node: load images first, or say with "
            "KG_ENRICH_IMAGE_LABEL what yours are called."
        )
    label = f"{names.image_label} nodes"
    if not there["keyed"]:
        raise _lacking(label, names.image_key, "KG_ENRICH_IMAGE_KEY", there["names"])
    if not there["placed"]:
        raise _lacking(label, names.image_path, "KG_ENRICH_IMAGE_PATH", there["names"])


def _lacking(nodes: str, name: str, setting: str, names: Sequence[str]) -> NotThereError:
    there = ", ".join(names) or "no properties"
    return NotThereError(
        f"None of the {nodes} has a usable {name!r}; they have {there}: set {setting}."
    )


def unusable(graph: Graph) -> list[RunNotice]:
    """Documents and images whose ids nothing can refer to, counted by what they are instead."""
    labels = (graph.names.document_label, graph.names.image_label)
    return [
        RunNotice(
            Notice.UNUSABLE_ID,
            row["node"],
            f"the id of {row['many']} {label} nodes such as this one is {row['type']}; set a "
            "string or an integer",
            row["many"],
        )
        for label, read in zip(labels, (READ_UNUSABLE_DOCUMENTS, READ_UNUSABLE_IMAGES), strict=True)
        for row in graph.read(read)
    ]


def unknown(graph: Graph, scope: Scope) -> list[RunNotice]:
    """Names in a scope that the graph does not know.

    Errors: SettingsError when the scope covers nothing because of them.
    """
    names = graph.names
    labels = {row["label"] for row in graph.read(READ_KNOWN_LABELS, labels=list(scope.labels))}
    _require_known("--label", set(scope.labels) - labels, f"{names.document_label} has this label")
    asked = {condition.property for condition in scope.conditions}
    known = {row["name"] for row in graph.read(READ_KNOWN_PROPERTIES, names=sorted(asked))}
    _require_known("--where or --since", asked - known, f"{names.document_label} has this property")
    documents = set(scope.documents) - _found(graph, scope.documents)
    ids = [form for one in scope.containers for form in forms(one)]
    there = graph.read(READ_KNOWN_CONTAINERS, ids=ids) if ids else []
    containers = set(scope.containers) - {str(row["id"]) for row in there}
    if scope.documents and len(documents) == len(scope.documents):
        _require_known("--id or --ids-file", documents, f"{names.document_label} has this id")
    if scope.containers and len(containers) == len(scope.containers):
        _require_known("--container", containers, f"{names.container_label} has this key")
    return [
        RunNotice(Notice.UNKNOWN, name, f"no {label} has this id")
        for label, several in (
            (names.document_label, documents), (names.container_label, containers)
        )
        for name in sorted(several)
    ]  # fmt: skip


def require_properties(graph: Graph, option: str, names: Sequence[str]) -> None:
    """Errors: SettingsError for names that no document has as a property. option: who gave them."""
    known = {row["name"] for row in graph.read(READ_KNOWN_PROPERTIES, names=list(names))}
    _require_known(option, set(names) - known, f"{graph.names.document_label} has this property")


def _found(graph: Graph, documents: Iterable[str]) -> set[str]:
    found: set[str] = set()
    rest = iter(documents)
    while page := list(islice(rest, _IDS)):
        ids = [form for one in page for form in forms(one)]
        found.update(str(row["id"]) for row in graph.read(READ_DOCUMENT_IDS, ids=ids))
    return found


def _require_known(option: str, unknown: Collection[str], what: str) -> None:
    if unknown:
        shown = ", ".join(repr(name) for name in sorted(unknown)[:_SHOWN])
        more = f" and {len(unknown) - _SHOWN} more" if len(unknown) > _SHOWN else ""
        raise SettingsError(f"{option} {shown}{more}: no {what}, so that nothing would be done.")

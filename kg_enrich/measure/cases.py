"""The documents of a page: what is right for each, its candidates, what is on record."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from kg_enrich.candidates.finders import CandidateOptions, read_candidates
from kg_enrich.documents.reading import read_documents
from kg_enrich.evidence.models import LedgerEntry
from kg_enrich.evidence.policy import rank
from kg_enrich.evidence.state import ledger_entries
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, ledger_key
from kg_enrich.measure.groups import LANGUAGE, language_of, value_group
from kg_enrich.measure.truth import Truth, read_truth
from kg_enrich.models import Document, DocumentId, ImageId, Scope
from kg_enrich.text import CorpusStatistics

READ_JUDGED_PAIRS = query("read_judged_pairs")
READ_DOCUMENT_GROUPS = query("read_document_groups")

Images = Mapping[DocumentId, list[ImageId]]
Entries = Mapping[ImageId, LedgerEntry]


@dataclass(frozen=True, slots=True)
class Case:
    """A document with what is right for it, and its groups by what groups it."""

    document: Document
    native: str | int
    truth: frozenset[ImageId]
    labels: Mapping[str, str]


def read_cases(
    graph: Graph, truth: Truth, by: Sequence[str], page: Sequence[DocumentId]
) -> list[Case]:
    """Those of the documents that can be judged and that something is right for.

    by: document properties to group by; all are grouped by language.
    """
    right = read_truth(graph, truth, page)
    ids = [value for document in page for value in forms(document)]
    documents, _ = read_documents(graph, ids, Scope())
    values: dict[str, Sequence[object]] = {}
    if by:
        for row in graph.read(READ_DOCUMENT_GROUPS, ids=ids, properties=list(by)):
            values[str(row["id"])] = row["values"]
    nothing = [None] * len(by)
    return [
        Case(
            document,
            native,
            frozenset(right[document.id]),
            # A property of this name is told in its place.
            {LANGUAGE: language_of(f"{document.title}\n{document.text}")}
            | {
                name: value_group(value)
                for name, value in zip(by, values.get(document.id, nothing), strict=True)
            },
        )
        for document, native in documents
        if right.get(document.id)
    ]


def read_page_candidates(
    graph: Graph, cases: Sequence[Case], options: CandidateOptions, words: CorpusStatistics
) -> Images:
    """What comes into question for these documents, as a run sees it; in the finders' order."""
    documents = [(case.document, case.native) for case in cases]
    found = read_candidates(graph, documents, options, words)
    return {case.document.id: found.get(case.document.id, []) for case in cases}


def read_entries(
    graph: Graph, source: str, documents: Sequence[DocumentId]
) -> dict[DocumentId, Entries]:
    """What is on record of these documents, from one source; empty where it is nothing."""
    keys = [ledger_key(document, source) for document in documents]
    entries: dict[DocumentId, Entries] = {document: {} for document in documents}
    for row in graph.read(READ_JUDGED_PAIRS, keys=keys):
        entries[DocumentId(row["document"])] = ledger_entries(row)
    return entries


def ordered(entries: Entries, there: Mapping[ImageId, object]) -> list[tuple[ImageId, float]]:
    """The scored images that are there, best first, with their log-odds."""
    return [
        (entry.image, entry.log_odds if entry.log_odds is not None else entry.score or 0.0)
        for entry in rank(entries.values())
        if entry.image in there
    ]

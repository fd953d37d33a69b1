"""The closing step that says why: a sentence for each published pair that lacks one.

No score depends on it. A reason is written under the document's lock, and only if the pair is
still what it was when the model was asked.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from kg_enrich.documents.reading import read_documents, read_text_hashes
from kg_enrich.enrich.enrichment import Enrichment
from kg_enrich.errors import NoReasonsError
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import DocumentState, Reason
from kg_enrich.evidence.reason_trials import read_failed_trial, write_failed_trial
from kg_enrich.evidence.reasons import lacks_reason
from kg_enrich.evidence.settle import Settled, lock, settle
from kg_enrich.evidence.state import read_states
from kg_enrich.graph.connection import Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, pair_fingerprint, text_hash
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.jobs.fenced import FencedWriter
from kg_enrich.models import Document, DocumentId, ImageId, Pair
from kg_enrich.names import Names
from kg_enrich.scorers.reasons import Explainer, Giver

PAGE_UNEXPLAINED = query("page_unexplained")

# Documents that are looked at, and pairs that are asked about, at once.
_DOCUMENTS, _PAIRS = 200, 64


@dataclass(frozen=True, slots=True)
class Given:
    """asked: pairs that lacked a reason. written: sentences that are kept now."""

    asked: int = 0
    written: int = 0


@dataclass(frozen=True, slots=True)
class _Lacking:
    pair: Pair
    fingerprint: int


def give_reasons(
    parts: Enrichment,
    writer: FencedWriter,
    giver: Giver,
    documents: Sequence[str] | None = None,
) -> Given:
    """Asks for what lacks a reason of this version, and keeps it. Ends early when it is stopped.

    giver: opened once, and only where something lacks a reason. documents: those to look at, None
    for all of the source.
    Errors: NoReasonsError, also where the start test said so before; those of opening it and of
    its answers, LeaseLostError, GraphError.
    """
    version = giver.version
    given = Given()
    asked: Explainer | None = None
    found = _lacking(parts, version, documents)
    while not writer.stopped and (lacking := list(islice(found, _PAIRS))):
        asked = asked or _opened(parts, writer, giver)
        said = asked.explain([one.pair for one in lacking])
        reasons: dict[DocumentId, list[Reason]] = {}
        for one, sentence in zip(lacking, said, strict=True):
            if sentence is not None:
                reasons.setdefault(one.pair.document.id, []).append(_reason(one, sentence, version))
        if reasons:
            kept: list[int] = []
            work = partial(_write, parts=parts, run=writer.run, reasons=reasons, kept=kept)
            writer.write(work)
            given = replace(given, written=given.written + kept[-1])
        given = replace(given, asked=given.asked + len(lacking))
    return given


def _opened(parts: Enrichment, writer: FencedWriter, giver: Giver) -> Explainer:
    """Opens it, unless its start test failed before: a model that loads for minutes is not asked
    each night."""
    source = parts.question.source
    if (why := read_failed_trial(parts.graph, source, giver.trial)) is not None:
        raise NoReasonsError(f"{why}; this is remembered of the model as it is, not tried again")
    try:
        return giver.open()
    except NoReasonsError as error:
        keep = partial(write_failed_trial, source=source, trial=giver.trial, why=str(error))
        writer.do(keep)
        raise


def _lacking(
    parts: Enrichment, version: int, documents: Sequence[str] | None
) -> Iterator[_Lacking]:
    """Published pairs that lack a reason and were judged as they are today."""
    graph, source = parts.graph, parts.question.source
    catalogue, after = parts.catalogue(), ""
    while True:
        rows = graph.read(
            PAGE_UNEXPLAINED,
            after=after,
            limit=_DOCUMENTS,
            source=source,
            version=version,
            documents=None if documents is None else list(documents),
        )
        if not rows:
            return
        after = rows[-1]["key"]
        found, _ = read_documents(graph, [row["document"] for row in rows], parts.question.scope)
        states = read_states(graph.read, [document.id for document, _ in found], source)
        for document, _ in found:
            if (state := states.get(document.id)) is not None:
                yield from _of(document, state, parts.question.scorer, version, catalogue)


def _of(
    document: Document, state: DocumentState, scorer: str, version: int, catalogue: Catalogue
) -> Iterator[_Lacking]:
    entries = [
        entry
        for image, entry in sorted(state.entries.items())
        if image in state.evidence and entry.score is not None and lacks_reason(entry, version)
    ]
    listed = catalogue.look_up(entry.image for entry in entries)
    for entry in entries:
        there = listed.get(entry.image)
        if there is None or there.image is None:
            continue
        if entry.fingerprint == pair_fingerprint(scorer, document.version, there.version):
            yield _Lacking(Pair(document, there.image), entry.fingerprint)


def _reason(one: _Lacking, sentence: str, version: int) -> Reason:
    document, image = one.pair.document, one.pair.image
    seen = text_hash(document.title, document.text)
    return Reason(image.id, one.fingerprint, sentence, version, seen)


def _write(
    transaction: Transaction,
    parts: Enrichment,
    run: str,
    reasons: Mapping[DocumentId, Sequence[Reason]],
    kept: list[int],
) -> Settled:
    """Keeps the reasons of documents that still say what they said. kept: gets how many."""
    lock(transaction, reasons)
    standing = _standing(transaction, parts.graph.names, parts.question.source, reasons)
    kept.append(sum(bool(one.text) for by_image in standing.values() for one in by_image.values()))
    settled = settle(
        transaction,
        Authority(parts.question.source, "", run),
        dict.fromkeys(standing, ()),
        holds_are_counted=True,
        reasons=standing,
    )
    # What the run published is counted already.
    return replace(settled, published=0)


def _standing(
    transaction: Transaction,
    names: Names,
    source: str,
    reasons: Mapping[DocumentId, Sequence[Reason]],
) -> dict[DocumentId, dict[ImageId, Reason]]:
    ids = [form for document in reasons for form in forms(document)]
    hashes = read_text_hashes(transaction.run, names, ids)
    states = read_states(transaction.run, sorted(reasons), source)
    standing: dict[DocumentId, dict[ImageId, Reason]] = {}
    for document, several in reasons.items():
        state = states.get(document)
        for one in several:
            entry = state.entries.get(one.image) if state else None
            judged_so = entry is not None and entry.fingerprint == one.fingerprint
            if judged_so and hashes.get(document) == one.text_hash:
                standing.setdefault(document, {})[one.image] = one
    return standing

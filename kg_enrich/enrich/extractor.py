"""Graph to units of work: keyset pages, in constant memory, at any size of graph.

Everything that the ledger already holds with today's fingerprint is left out here, before any
image is opened.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from itertools import islice

from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.documents.required import unknown, unusable
from kg_enrich.enrich.found import Found, Look, find, find_ahead
from kg_enrich.evidence.models import DocumentState, LedgerEntry, Policy
from kg_enrich.evidence.places import decide_all
from kg_enrich.evidence.policy import EdgeChanges
from kg_enrich.evidence.said import edges_are_right, listen
from kg_enrich.evidence.state import read_held, read_states
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.paging import id_pages
from kg_enrich.graph.queries import query
from kg_enrich.identity import (
    forms,
    pair_fingerprint,
    pair_fingerprints,
    shard_number,
    text_hash,
)
from kg_enrich.images.catalogue import Catalogue, Listed
from kg_enrich.models import (
    Counters,
    Document,
    DocumentId,
    Image,
    ImageId,
    Notice,
    RunNotice,
    Scope,
    Shard,
    Unit,
    Unreadable,
)
from kg_enrich.text import CorpusStatistics

PAGE_DOCUMENTS = query("page_documents")
PAGE_CONTAINED_DOCUMENTS = query("page_contained_documents")

_PAGE = 200


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the graph: everything that decides which pairs are pending.

    scorer: the scorer's fingerprint, former_scorers: those of older releases that gave the very
    same scores. candidate_limit: images a document, at most.
    shard: the part of the scope's documents that is looked at; None for all.
    judged_before: what was judged before this moment (epoch, ms) counts as pending.
    """

    source: str
    scorer: str
    policy: Policy
    candidates: CandidateOptions
    statistics: CorpusStatistics
    scope: Scope = field(default_factory=Scope)
    candidate_limit: int = 1000
    judged_before: int | None = None
    former_scorers: tuple[str, ...] = ()
    shard: Shard | None = None

    @property
    def look(self) -> Look:
        """How its documents and their candidates are found."""
        return Look(self.scope, self.candidates, self.statistics)


@dataclass(frozen=True, slots=True)
class Work:
    """A unit, and what would become of its edges if nothing were judged (for a dry run).

    stored: what the graph has of it. aside: images of its ledger that cannot be read now.
    renamed: entries whose fingerprint is written in another way
    by now; nothing that the score depends on has changed.
    A unit without images has nothing to judge, but its edges or its ledger must be mended.
    """

    unit: Unit
    changes: EdgeChanges
    stored: DocumentState
    renamed: tuple[LedgerEntry, ...] = ()
    aside: frozenset[ImageId] = frozenset()


@dataclass(frozen=True, slots=True)
class Page:
    """What one page of documents came to. contents: hashes of images that the graph lacks.
    recovered: images whose failures on record ended."""

    work: tuple[Work, ...]
    counters: Counters
    notices: tuple[RunNotice, ...] = ()
    unreadable: tuple[Unreadable, ...] = ()
    contents: Mapping[ImageId, str] = field(default_factory=dict)
    recovered: tuple[ImageId, ...] = ()


def pages(graph: Graph, question: Question, catalogue: Catalogue) -> Iterator[Page]:
    """Every page of the scope's documents: strings first, then integers, each in order."""
    held = read_held(graph.read, question.source)
    if named := notices_of(graph, question):
        yield Page((), Counters(), named)
    ids = shard_pages(graph, question.scope, question.shard)
    with closing(find_ahead(graph, question.look, ids)) as found:
        for page in found:
            yield _page(graph, question, catalogue, page, held)


def notices_of(graph: Graph, question: Question) -> tuple[RunNotice, ...]:
    """What is to be named of a question as a whole, before any page of it.

    Errors: SettingsError when its scope covers nothing.
    """
    named = unknown(graph, question.scope)
    # A scope that names what it covers reads nothing else.
    if not question.scope.documents and not question.scope.containers:
        named += unusable(graph)
    # Once for all shards.
    return tuple(named) if question.shard is None or question.shard.number == 0 else ()


def shard_pages(graph: Graph, scope: Scope, shard: Shard | None) -> Iterator[list[str | int]]:
    """As `scope_pages`: pages of those of its ids that belong to the shard."""
    pages_ = scope_pages(graph, scope)
    if shard is None:
        yield from pages_
        return
    waiting: list[str | int] = []
    for ids in pages_:
        waiting += [value for value in ids if shard_number(str(value), shard.of) == shard.number]
        while len(waiting) >= _PAGE:
            yield waiting[:_PAGE]
            waiting = waiting[_PAGE:]
    if waiting:
        yield waiting


def scope_pages(graph: Graph, scope: Scope) -> Iterator[list[str | int]]:
    """Ids of the documents that a scope names or its containers hold; all where it does neither."""
    if scope.containers:
        containers = [form for one in scope.containers for form in forms(one)]
        for ids in id_pages(graph, PAGE_CONTAINED_DOCUMENTS, _PAGE, containers=containers):
            wanted = [i for i in ids if not scope.documents or str(i) in scope.documents]
            if wanted:
                yield wanted
        return
    if scope.documents:
        named = iter([value for document in scope.documents for value in forms(document)])
        while page := list(islice(named, _PAGE)):
            yield page
        return
    yield from id_pages(graph, PAGE_DOCUMENTS, _PAGE)


def read_page(
    graph: Graph,
    question: Question,
    catalogue: Catalogue,
    ids: list[str | int],
    held: set[ImageId],
) -> Page:
    """What these documents come to. held: images that the source holds back."""
    return _page(graph, question, catalogue, find(graph, question.look, ids), held)


def _page(
    graph: Graph, question: Question, catalogue: Catalogue, found: Found, held: set[ImageId]
) -> Page:
    documents, notices, candidates = found.documents, list(found.notices), found.candidates
    states = read_states(graph.read, (d.id for d, _ in documents), question.source)
    named = {image for images in candidates.values() for image in images}
    listed = catalogue.look_up(named.union(*(state.images for state in states.values())))
    text_hashes = _text_hashes(documents, states)
    image_hashes = {i: entry.content for i, entry in listed.items() if entry.content is not None}
    states = listen(states, text_hashes, image_hashes)

    asked: list[tuple[Work, DocumentState, set[ImageId], bool]] = []
    counters = Counters()
    met: set[ImageId] = set()
    for document, _ in documents:
        images = candidates.get(document.id, [])
        # A document that went away, or was doubled, since its page was read has no state.
        if (state := states.get(document.id)) is None:
            continue
        if len(images) > question.candidate_limit:
            detail = f"{len(images)} candidates, {question.candidate_limit} allowed: nothing judged"
            notices.append(RunNotice(Notice.TOO_MANY_CANDIDATES, document.id, detail))
            continue
        # Entries of images that are no candidates any more are judged again when they are stale.
        images = [image for image in dict.fromkeys((*images, *state.entries)) if image in listed]
        met.update(images)
        unit, renamed, counted = unit_to_judge(question, document, images, state, listed)
        counters += counted
        present = {i for i in state.images if i in listed and not listed[i].doubled}
        entries = {**state.entries, **{entry.image: entry for entry in renamed}}
        whole = replace(state, entries=entries, contents=image_hashes)
        copied = edges_are_right(state, text_hashes.get(document.id), image_hashes, present)
        is_due = bool(
            unit.images or renamed or state.entries.keys() - present or state.strays or not copied
        )
        aside = frozenset(i for i in state.entries if i in present and listed[i].image is None)
        asked.append((Work(unit, EdgeChanges(), state, renamed, aside), whole, present, is_due))
    states_there = [(whole, present) for _, whole, present, _ in asked]
    decided = decide_all(graph.read, question.source, question.policy, states_there, held)
    work = [
        replace(one, changes=changes)
        for (one, _, _, is_due), changes in zip(asked, decided, strict=True)
        if is_due or changes
    ]
    stale = sorted(image for image in met if listed[image].is_stale_text)
    if stale and "fulltext" in question.candidates.sources:
        detail = f"the text of {len(stale)} images such as this one is of an earlier picture"
        remedy = f"{detail}, by which full-text finds them: run `kg-enrich read-images`"
        notices.append(RunNotice(Notice.STALE_TEXT, stale[0], remedy, len(stale)))
    troubled = {image: listed[image] for image in sorted(met) if listed[image].is_news}
    notices += [RunNotice(entry.notice, image, entry.problem) for image, entry in troubled.items()]
    unreadable = [
        Unreadable(image, entry.version, entry.problem, entry.depends)
        for image, entry in troubled.items()
        if entry.is_to_record
    ]
    contents = {i: hash for i, hash in image_hashes.items() if listed[i].is_new_content}
    return Page(
        tuple(work),
        counters,
        tuple(notices),
        tuple(unreadable),
        contents,
        catalogue.take_recovered(),
    )


def _text_hashes(
    documents: Sequence[tuple[Document, str | int]], states: Mapping[DocumentId, DocumentState]
) -> dict[DocumentId, str]:
    """Hashes of the texts of those documents that somebody said something of."""
    spoken_of = {d for d, state in states.items() if state.words or state.edges}
    return {d.id: text_hash(d.title, d.text) for d, _ in documents if d.id in spoken_of}


def unit_to_judge(
    question: Question,
    document: Document,
    images: list[ImageId],
    state: DocumentState,
    listed: dict[ImageId, Listed],
) -> tuple[Unit, tuple[LedgerEntry, ...], Counters]:
    """The pairs to judge today, and entries that an older release wrote with another fingerprint.

    Everything else of `images` is counted as skipped or failed.
    """
    again = (
        question.judged_before is not None
        and state.ledger is not None
        and state.ledger["judgedAt"] < question.judged_before
    )
    fingerprint = pair_fingerprints(question.scorer, document.version)
    pending: list[Image] = []
    renamed: list[LedgerEntry] = []
    failed = 0
    for image in images:
        entry = listed[image]
        if entry.image is None:
            failed += entry.is_news and not entry.doubled
            continue
        judged = state.entries.get(image)
        today = fingerprint(entry.version)
        if again or judged is None:
            pending.append(entry.image)
        elif judged.fingerprint == today:
            continue
        elif judged.fingerprint in _former(question, document, entry):
            renamed.append(replace(judged, fingerprint=today))
        else:
            pending.append(entry.image)
    skipped = len(images) - len(pending) - failed
    counted = Counters(documents=1, pairs=len(images), skipped=skipped, failed=failed)
    return Unit(document, tuple(pending)), tuple(renamed), counted


def _former(question: Question, document: Document, entry: Listed) -> Iterator[int]:
    """Fingerprints under which older releases kept a judgement that still holds."""
    for scorer in (question.scorer, *question.former_scorers):
        for version in (entry.version, *entry.former_versions):
            yield pair_fingerprint(scorer, document.version, version)

"""One word on many pairs: by a rule, a page of documents at a time, undone as one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice

from kg_enrich.documents.reading import read_documents, read_text_hashes
from kg_enrich.enrich.extractor import scope_pages
from kg_enrich.errors import SettingsError
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import Decision, DocumentState, Evidence, Word
from kg_enrich.evidence.queue import take_out
from kg_enrich.evidence.reviews import READ_SOURCE_NAMES, RUN
from kg_enrich.evidence.said import (
    States,
    hear,
    keep,
    read_image_hashes,
    read_words,
    settle_words,
)
from kg_enrich.evidence.settle import lock, settle
from kg_enrich.evidence.state import read_present, read_states
from kg_enrich.evidence.words import current, standings
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, named_key
from kg_enrich.models import DocumentId, ImageId, Scope

READ_BATCH = query("read_batch")
PAGE_BATCH_DOCUMENTS = query("page_batch_documents")
READ_LATER_EVIDENCE = query("read_later_evidence")

# Documents that are locked together, and pairs that a person is shown first.
_DOCUMENTS = 50
_EXAMPLES = 10
WAY = "bulk"


@dataclass(frozen=True, slots=True)
class Rule:
    """Which pairs are meant: a source's published evidence that nobody has spoken of.

    min_confidence, max_confidence: in [0, 1], both included; None is no bound.
    scope: the documents. Errors: SettingsError for a rule that bounds nothing.
    """

    source: str
    min_confidence: float | None = None
    max_confidence: float | None = None
    scope: Scope = field(default_factory=Scope)

    def __post_init__(self) -> None:
        if self.min_confidence is None and self.max_confidence is None and self.scope == Scope():
            raise SettingsError(
                "The rule bounds nothing: give a confidence (0 to 1) or say which documents."
            )

    def holds(self, edge: Evidence) -> bool:
        confidence = edge.score / 10
        return (self.min_confidence is None or confidence >= self.min_confidence) and (
            self.max_confidence is None or confidence <= self.max_confidence
        )

    def __str__(self) -> str:
        """All that the rule is bounded by, for a person; the same rule is the same text."""
        parts = [f"source {self.source}"]
        if self.min_confidence is not None:
            parts.append(f"confidence >= {self.min_confidence:g}")
        if self.max_confidence is not None:
            parts.append(f"confidence <= {self.max_confidence:g}")
        scope = self.scope
        for what, names in (
            ("documents", scope.documents),
            ("containers", scope.containers),
            ("labels", scope.labels),
        ):
            if names:
                parts.append(f"{what} {', '.join(names)}")
        parts += [f"{one.property} {one.operator} {one.values[0]}" for one in scope.conditions]
        if scope == Scope():
            parts.append("all documents")
        return "; ".join(parts)


@dataclass(frozen=True, slots=True)
class BulkPair:
    """A pair that a rule means."""

    document: DocumentId
    image: ImageId
    score: float


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What a rule means now. spoken: pairs that it would mean, had nobody spoken of them."""

    rule: str
    pairs: int
    documents: int
    spoken: int
    examples: tuple[BulkPair, ...]


@dataclass(frozen=True, slots=True)
class BulkReviewed:
    """What a word on many pairs came to. token: what takes it back as one.

    decision: None: it was taken back. pairs: of which something was said anew. kept: when it is
    taken back, those that the same person, or who settled it, has spoken of otherwise since.
    """

    token: str
    rule: str
    decision: Decision | None
    pairs: int
    documents: int
    published: int
    withdrawn: int
    kept: int = 0


def plan(graph: Graph, rule: Rule) -> BulkPlan:
    """What a rule means now. Writes nothing. Errors: GraphError."""
    pairs = documents = spoken = 0
    examples: list[BulkPair] = []
    for page in _pages(graph, rule.scope):
        for document, state in _heard(graph, rule, page).items():
            meant, others = _meant(rule, state)
            pairs += len(meant)
            documents += bool(meant)
            spoken += others
            room = _EXAMPLES - len(examples)
            examples += [BulkPair(document, e.image, e.score) for e in meant[: max(room, 0)]]
    return BulkPlan(str(rule), pairs, documents, spoken, tuple(examples))


def review_all(
    graph: Graph,
    rule: Rule,
    decision: Decision,
    by: str,
    token: str,
    reasons: tuple[str, ...] = (),
    way: str = WAY,
) -> BulkReviewed:
    """Says one word of every pair that a rule means; asked twice with one token it is said once.

    A page of documents at a time, each document under its lock. Killed in the middle, it is
    finished by asking again; evidence that came later is not meant by it.
    Errors: SettingsError when the token stands for another rule or decision; GraphError.
    """
    begun = None
    for row in graph.read(READ_BATCH, batch=token):
        begun = row["at"]
        if row["notes"] != [str(rule)] or not {*row["decisions"]} <= {decision.value, "none"}:
            raise SettingsError(
                f"Token {token!r} stands for another rule or decision: "
                f"{', '.join(row['notes'])}. Take another token."
            )
    done = BulkReviewed(token, str(rule), decision, 0, 0, 0, 0)
    saying = Word("", DocumentId(""), ImageId(""), decision, by, reasons=reasons, note=str(rule))
    saying = replace(saying, way=way, batch=token)
    for page in _pages(graph, rule.scope):
        # Looked at again under the lock.
        found = [d for d, state in _heard(graph, rule, page).items() if _meant(rule, state)[0]]
        if found:
            say = partial(_say, rule=rule, saying=saying, documents=found, begun=begun)
            done = _sum(done, graph.write(say))
    return done


def undo(graph: Graph, token: str) -> BulkReviewed:
    """Takes back all that was said under a token, in the names of those who said it.

    What they said otherwise since stays. Done twice, it is done once.
    Errors: SettingsError when nothing was said under the token; GraphError.
    """
    rows = graph.read(READ_BATCH, batch=token)
    if not rows:
        raise SettingsError(f"Nothing was said under the token {token!r}.")
    done = BulkReviewed(token, rows[0]["notes"][0], None, 0, 0, 0, 0)
    after = ""
    while page := graph.read(PAGE_BATCH_DOCUMENTS, batch=token, after=after, limit=_DOCUMENTS):
        documents = [DocumentId(row["document"]) for row in page]
        after = documents[-1]
        done = _sum(done, graph.write(partial(_take_back, token=token, documents=documents)))
    return done


@dataclass(frozen=True, slots=True)
class _Part:
    """What one transaction came to."""

    pairs: int = 0
    documents: int = 0
    published: int = 0
    withdrawn: int = 0
    kept: int = 0


def _sum(done: BulkReviewed, part: _Part) -> BulkReviewed:
    return replace(
        done,
        pairs=done.pairs + part.pairs,
        documents=done.documents + part.documents,
        published=done.published + part.published,
        withdrawn=done.withdrawn + part.withdrawn,
        kept=done.kept + part.kept,
    )


def _pages(graph: Graph, scope: Scope) -> Iterator[list[DocumentId]]:
    """The scope's documents, as many as one transaction looks at."""
    for ids in scope_pages(graph, scope):
        covered = [str(value) for value in ids]
        if scope.labels or scope.conditions:
            covered = [document.id for document, _ in read_documents(graph, ids, scope)[0]]
        rest = iter(dict.fromkeys(DocumentId(one) for one in covered))
        while page := list(islice(rest, _DOCUMENTS)):
            yield page


def _heard(graph: Graph, rule: Rule, documents: Sequence[DocumentId]) -> States:
    states = read_states(graph.read, documents, rule.source)
    named = {image for state in states.values() for image in state.images}
    return hear(graph.read, graph.names, states, read_present(graph.read, named))


def _meant(rule: Rule, state: DocumentState) -> tuple[list[Evidence], int]:
    """The edges of a document that a rule means, best first, and how many are spoken of."""
    edges = [edge for edge in state.evidence.values() if rule.holds(edge)]
    said = {image for image, one in standings(state.words, None, {}).items() if one.words}
    free = [edge for edge in edges if edge.image not in said]
    return sorted(free, key=lambda edge: (-edge.score, edge.image)), len(edges) - len(free)


def _say(
    transaction: Transaction,
    rule: Rule,
    saying: Word,
    documents: Sequence[DocumentId],
    begun: str | None,
) -> _Part:
    lock(transaction, documents)
    stored = read_states(transaction.run, documents, rule.source)
    present = read_present(
        transaction.run, {image for state in stored.values() for image in state.images}
    )
    later = _later(transaction, rule, documents, begun)
    chosen: dict[DocumentId, list[ImageId]] = {}
    for document, state in settle_words(transaction, stored, present).items():
        # Said under this token before, and taken back since: asked twice is said once.
        once = {word.image for word in state.words if word.batch == saying.batch}
        images = [edge.image for edge in _meant(rule, state)[0] if edge.image in present]
        images = [i for i in images if i not in once and (document, i) not in later]
        if images:
            chosen[document] = images
    texts = read_text_hashes(
        transaction.run, transaction.names, [stored[document].native for document in chosen]
    )
    pictures = read_image_hashes(
        transaction.run, {image for images in chosen.values() for image in images}
    )
    words = [
        replace(
            saying,
            key=named_key("bulk", saying.batch, document, image),
            document=document,
            image=image,
            text_hash=texts.get(document),
            image_hash=pictures.get(image),
        )
        for document, images in chosen.items()
        for image in images
    ]
    return _follow(transaction, words)


def _later(
    transaction: Transaction, rule: Rule, documents: Sequence[DocumentId], begun: str | None
) -> set[tuple[DocumentId, ImageId]]:
    """Pairs that were published after the first word was said."""
    if begun is None:
        return set()
    ids = [value for document in documents for value in forms(document)]
    rows = transaction.run(READ_LATER_EVIDENCE, documents=ids, source=rule.source, at=begun)
    return {(DocumentId(str(row["document"])), ImageId(str(row["image"]))) for row in rows}


def _take_back(transaction: Transaction, token: str, documents: Sequence[DocumentId]) -> _Part:
    lock(transaction, documents)
    words, kept = [], 0
    for document, said in read_words(transaction.run, documents).items():
        mine = [word for word in said if word.batch == token]
        over = {word.image for word in mine if word.decision is None}
        for word in mine:
            if word.decision is None or word.image in over:
                continue
            in_force = current(other for other in said if other.image == word.image)
            if word.key not in {other.key for other in in_force}:
                kept += 1
                continue
            key = named_key("bulk undo", token, document, word.image)
            words.append(replace(word, key=key, at="", decision=None))
    return replace(_follow(transaction, words), kept=kept)


def _follow(transaction: Transaction, words: Sequence[Word]) -> _Part:
    """Stores words and makes the documents, which are locked, right for every source."""
    if not words:
        return _Part()
    keep(transaction, words)
    documents = sorted({word.document for word in words})
    sources = [row["source"] for row in transaction.run(READ_SOURCE_NAMES)]
    there = read_states(transaction.run, documents, "")
    settled = [
        settle(transaction, Authority(s, "", RUN), dict.fromkeys(there, ())) for s in sources
    ]
    for word in words:
        take_out(transaction, sources, word.document, word.image)
    return _Part(
        len(words),
        len(documents),
        sum(one.published for one in settled),
        sum(one.withdrawn for one in settled),
    )

"""One word on many pairs, as one transaction says it: documents locked, each made right."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from kg_enrich.documents.reading import read_text_hashes
from kg_enrich.errors import SettingsError
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import DocumentState, Evidence, Word
from kg_enrich.evidence.queue import take_out
from kg_enrich.evidence.reviews import RUN
from kg_enrich.evidence.said import keep, read_image_hashes, read_words, settle_words
from kg_enrich.evidence.settle import lock, settle
from kg_enrich.evidence.sources import source_names
from kg_enrich.evidence.state import read_present, read_states
from kg_enrich.evidence.words import current, standings
from kg_enrich.graph.connection import Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, named_key
from kg_enrich.models import DocumentId, ImageId, Scope

READ_LATER_EVIDENCE = query("read_later_evidence")


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
class Part:
    """What one transaction came to."""

    pairs: int = 0
    documents: int = 0
    published: int = 0
    withdrawn: int = 0
    kept: int = 0


def meant(rule: Rule, state: DocumentState) -> tuple[list[Evidence], int]:
    """The edges of a document that a rule means, best first, and how many are spoken of."""
    edges = [edge for edge in state.evidence.values() if rule.holds(edge)]
    said = {image for image, one in standings(state.words, None, {}).items() if one.words}
    free = [edge for edge in edges if edge.image not in said]
    return sorted(free, key=lambda edge: (-edge.score, edge.image)), len(edges) - len(free)


def say(
    transaction: Transaction,
    rule: Rule,
    saying: Word,
    documents: Sequence[DocumentId],
    begun: str | None,
) -> Part:
    """Says a word of all that a rule means of some documents.

    saying: the word but for key, pair and hashes. begun: when the first word was said under its
    token, None when none was.
    """
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
        images = [edge.image for edge in meant(rule, state)[0] if edge.image in present]
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


def take_back(transaction: Transaction, token: str, documents: Sequence[DocumentId]) -> Part:
    """Takes back what was said of some documents under a token, as far as it is in force."""
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


def _follow(transaction: Transaction, words: Sequence[Word]) -> Part:
    """Stores words and makes the documents, which are locked, right for every source."""
    if not words:
        return Part()
    keep(transaction, words)
    documents = sorted({word.document for word in words})
    sources = source_names(transaction.run)
    there = read_states(transaction.run, documents, "")
    settled = [
        settle(transaction, Authority(s, "", RUN), dict.fromkeys(there, ())) for s in sources
    ]
    for word in words:
        take_out(transaction, sources, word.document, word.image)
    return Part(
        len(words),
        len(documents),
        sum(one.published for one in settled),
        sum(one.withdrawn for one in settled),
    )

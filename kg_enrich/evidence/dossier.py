"""One document as its reviewer sees it: the text, and every image that may be evidence for it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations, pairwise

from kg_enrich.documents.reading import read_documents
from kg_enrich.evidence.copies import group
from kg_enrich.evidence.models import Decision, DocumentState, LedgerEntry, Policy, Word
from kg_enrich.evidence.policy import published_score
from kg_enrich.evidence.sources import read_policy
from kg_enrich.evidence.state import read_states
from kg_enrich.evidence.words import Standing, seen_tag, standings, unstored
from kg_enrich.graph.connection import Graph, Row
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, text_hash
from kg_enrich.images.looks import Seen, groups, looks_near
from kg_enrich.models import DocumentId, ImageId, Scope
from kg_enrich.text import words

READ_CARD_IMAGES = query("read_card_images")
READ_IMAGE_TEXTS = query("read_image_texts")
READ_REFERENCED_IMAGES = query("read_referenced_images")

# Referenced images beyond these are a gallery, and no question.
_REFERENCED = 100


@dataclass(frozen=True, slots=True)
class Card:
    """An image that may be evidence for a document. Ids as the graph has them.

    score: float in [0, 10], confidence: float in [0, 1]; None where it was never judged, or the
    scorer abstained. lead: how far its log-odds are above the next image's, None where there is
    none. decision: in force, by what people said. words: what each person said last. conflict: they
    differ. seen: names all of that; see `reviews.Saying.seen`. copies: ids of other images of the
    very same bytes of which the same holds. made: the reference was made on our pages. near_to: id
    of a better image that is the same picture to a person, None where there is none.
    """

    image: str | int
    path: str | None
    caption: str
    hash: str | None
    score: float | None
    confidence: float | None
    lead: float | None
    reason: str
    published: bool
    referenced: bool
    made: bool
    decision: Decision | None
    words: tuple[Word, ...]
    stale: frozenset[str]
    conflict: bool
    seen: str
    copies: tuple[str | int, ...] = ()
    near_to: str | int | None = None


@dataclass(frozen=True, slots=True)
class Dossier:
    """A document and its cards, the best first. more: how many cards were left out.

    min_score: that the source publishes from.
    """

    document: str | int
    title: str
    text: str
    source: str
    min_score: float
    cards: tuple[Card, ...]
    more: int

    @property
    def stacks(self) -> tuple[tuple[Card, ...], ...]:
        """The cards in stacks of near-duplicates, the best of each on top."""
        found: list[list[Card]] = []
        for card in self.cards:
            # Near-duplicates stand right behind the one that they are near to.
            if card.near_to is None:
                found.append([card])
            else:
                found[-1].append(card)
        return tuple(tuple(stack) for stack in found)


def read_dossier(
    graph: Graph, document: DocumentId, source: str, limit: int, also: Iterable[ImageId] = ()
) -> Dossier | None:
    """All that a reviewer of a document needs; None when it is not there exactly once.

    limit: cards, at most, but for those that somebody spoke of. also: images to show in any case.
    Errors: GraphError: no such source.
    """
    state = read_states(graph.read, [document], source).get(document)
    if state is None:
        return None
    policy = read_policy(graph.read, source)
    found, _ = read_documents(graph, [state.native], Scope())
    title, text = (found[0][0].title, found[0][0].text) if found else ("", "")
    rows = graph.read(READ_REFERENCED_IMAGES, document=state.native, limit=_REFERENCED)
    named = state.images | {ImageId(str(row["id"])) for row in rows} | set(also)
    images = _images(graph, state, named)
    hashes = {image: row["hash"] for image, row in images.items()}
    text_now = text_hash(title, text) if found else None
    spoken = [*state.words, *unstored(document, state.words, state.edges)]
    said = standings(spoken, text_now, hashes)
    leads = _leads(state.entries.values())
    cards = [
        _card(state, image, row, said.get(image), leads.get(image), text_now, policy)
        for image, row in images.items()
    ]
    cards.sort(key=lambda card: (-(-1.0 if card.score is None else card.score), str(card.image)))
    cards = _stacked(cards)
    wanted = {str(image) for image in also}
    shown = [
        card
        for place, card in enumerate(cards)
        if place < limit or card.words or str(card.image) in wanted
    ]
    shown = _with_neighbours(graph, shown, images)
    return Dossier(
        state.native, title, text, source, policy.min_score, tuple(shown), len(cards) - len(shown)
    )


def _images(graph: Graph, state: DocumentState, named: set[ImageId]) -> dict[ImageId, Row]:
    ids = [form for image in sorted(named) for form in forms(image)]
    rows = graph.read(READ_CARD_IMAGES, document=state.native, ids=ids)
    return {ImageId(str(row["id"])): row for row in rows}


def _card(
    state: DocumentState,
    image: ImageId,
    row: Row,
    said: Standing | None,
    lead: float | None,
    text_now: str | None,
    policy: Policy,
) -> Card:
    edge, entry = state.evidence.get(image), state.entries.get(image)
    score = edge.score if edge else published_score(entry, policy) if entry else None
    said = said or Standing(None, (), frozenset(), False)
    return Card(
        row["id"],
        row["path"] if isinstance(row["path"], str) else None,
        str(row["caption"] or ""),
        row["hash"],
        score,
        None if score is None else score / 10,
        lead,
        (edge.reason if edge else "") or (entry.reason if entry else ""),
        edge is not None,
        row["referenced"],
        row["made"],
        said.decision,
        said.words,
        said.stale,
        said.conflict,
        seen_tag(said, text_now, row["hash"]),
    )


def _leads(entries: Iterable[LedgerEntry]) -> dict[ImageId, float]:
    """How far each judgement's log-odds lie above the next lower one's."""
    ranked = sorted(
        (one for one in entries if one.log_odds is not None), key=lambda one: -(one.log_odds or 0)
    )
    return {
        one.image: (one.log_odds or 0) - (other.log_odds or 0) for one, other in pairwise(ranked)
    }


def _stacked(cards: list[Card]) -> list[Card]:
    """Copies of one picture, of which the same holds, are one card."""
    rows = [
        {
            "image": card.image,
            "hash": card.hash,
            "card": card,
            "said": sorted((word.by, word.decision, word.note) for word in card.words),
            "state": (card.score, card.published, card.referenced, card.conflict),
        }
        for card in cards
    ]
    return [replace(row["card"], copies=row["copies"]) for row in group(rows, "said", "state")]


def _with_neighbours(graph: Graph, cards: list[Card], images: dict[ImageId, Row]) -> list[Card]:
    """The cards with near-duplicates behind the best of each, by which they are named."""
    looks = {ImageId(str(card.image)): images[ImageId(str(card.image))]["look"] for card in cards}
    near = [pair for pair in combinations(looks, 2) if looks_near(*(looks[one] for one in pair))]
    alike = {image for pair in near for image in pair}
    if not alike:
        return cards
    ids = [form for image in sorted(alike) for form in forms(image)]
    texts = {str(row["id"]): row["text"] for row in graph.read(READ_IMAGE_TEXTS, ids=ids)}
    by_image = {ImageId(str(card.image)): card for card in cards}
    seen = [
        Seen(image, card.hash, looks[image], _words(texts.get(image)))
        for image, card in by_image.items()
    ]
    return [
        by_image[one.image]
        if one is group[0]
        else replace(by_image[one.image], near_to=by_image[group[0].image].image)
        for group in groups(seen)
        for one in group
    ]


def _words(text: str | None) -> frozenset[str] | None:
    return None if text is None else frozenset(words(text))

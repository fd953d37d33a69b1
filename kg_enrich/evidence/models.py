"""The nouns of evidence: what is on record of a document, what people say, what is published."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from kg_enrich.models import DocumentId, ImageId


@dataclass(frozen=True, slots=True)
class LedgerEntry:
    """What is on record for one (document, image, source). score None is an abstention.

    reason_version: of the model that was asked for the reason afterwards; 0 where the scorer
    itself gave it, or nobody.
    """

    image: ImageId
    score: float | None
    log_odds: float | None
    fingerprint: int
    reason: str = ""
    reason_version: int = 0


@dataclass(frozen=True, slots=True)
class Reason:
    """A reason for a published pair, as it was judged under a fingerprint.

    text_hash: of the document's text that it speaks of.
    """

    image: ImageId
    fingerprint: int
    text: str
    version: int
    text_hash: str


@dataclass(frozen=True, slots=True)
class Evidence:
    """One HAS_EVIDENCE edge as it stands in the graph, seen from its document.

    score: float in [0, 10], calibrated where the policy says so. calibration: its version, or ''.
    """

    image: ImageId
    score: float
    fingerprint: int
    reason: str = ""
    calibration: str = ""


class Decision(StrEnum):
    """What a person says of a pair."""

    ACCEPT = "accept"
    REJECT = "reject"
    UNSURE = "unsure"  # looked at, and left to the policy


@dataclass(frozen=True, slots=True)
class Word:
    """One thing that one person once said of a pair; kept for good, whatever becomes of the nodes.

    decision: None takes back what the person said before. text_hash, image_hash: of the contents
    that the person saw, None where they are not known (yet). order: grows with time. settles: keys
    of other people's words that this one overrules. way: how it was said ('cli', 'adopted', ...).
    blind: the score was hidden. batch: what it was said together with, '' for nothing.
    """

    key: str
    document: DocumentId
    image: ImageId
    decision: Decision | None
    by: str
    order: int = 0
    at: str = ""
    reasons: tuple[str, ...] = ()
    note: str = ""
    text_hash: str | None = None
    image_hash: str | None = None
    settles: tuple[str, ...] = ()
    way: str = ""
    blind: bool = False
    batch: str = ""


@dataclass(frozen=True, slots=True)
class ReviewedEdge:
    """A REVIEWED edge as it stands: a copy of a word for people's own Cypher.

    key: of the word, None on an edge that an older version or somebody's own query made.
    """

    key: str | None
    image: ImageId
    decision: str
    by: str
    at: str
    reasons: tuple[str, ...] = ()
    note: str = ""
    stale: bool = False


@dataclass(frozen=True, slots=True)
class DocumentState:
    """What the graph has on record of one document and one source.

    reviews: what people's words come to, by image; see `words.reviews_of`. words: all that
    people said of the document, edges: the REVIEWED edges that are there.
    native: the document's id as the graph has it. ledger: properties of the ledger node, None
    where there is none. strays: edges under keys that are not theirs, by that key, as they remain
    when somebody changes an id; they are no evidence of this document and are withdrawn.
    contents: hashes of images' bytes, as far as they are known; copies have the same.
    """

    entries: Mapping[ImageId, LedgerEntry]
    evidence: Mapping[ImageId, Evidence]
    reviews: Mapping[ImageId, Decision]
    native: str | int = ""
    ledger: Mapping[str, Any] | None = None
    strays: Mapping[str, Evidence] = field(default_factory=dict)
    words: tuple[Word, ...] = ()
    edges: tuple[ReviewedEdge, ...] = ()
    contents: Mapping[ImageId, str] = field(default_factory=dict)

    def picture(self, image: ImageId) -> str:
        """What an image shares with its copies; its own id where nobody knows of any."""
        return self.contents.get(image, image)

    @property
    def images(self) -> set[ImageId]:
        """Every image that is named anywhere in it."""
        return {
            *self.entries,
            *self.evidence,
            *self.reviews,
            *(word.image for word in self.words),
            *(edge.image for edge in self.edges),
        }


@dataclass(frozen=True, slots=True)
class Policy:
    """What is published of a source's judgements.

    min_score: float in [0, 10], of the score that is published; 5.0 is even odds.
    top_k: the best so many images of a document; None is no bound.
    max_images: a document that would get more images than this is held back and reported.
    max_documents: an image that would be evidence for more documents is held back and reported.
    slope (> 0), intercept: of the calibration, on a pair's log-odds. calibration: its version;
    None publishes scores as the scorer gave them.
    min_lead: log-odds by which the last image that is published of a document must lead its next
    image; None publishes without any lead.
    min_image_lead: log-odds by which an image's best document must lead its next one, else the
    image is held back; `publish` counts. None asks for no lead.
    """

    min_score: float = 5.0
    top_k: int | None = None
    max_images: int = 100
    max_documents: int = 100
    slope: float = 1.0
    intercept: float = 0.0
    calibration: str | None = None
    min_lead: float | None = None
    min_image_lead: float | None = None

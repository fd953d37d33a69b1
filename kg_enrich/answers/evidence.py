"""Answers about evidence: what is published, what a person says of it, and flags."""

from typing import TYPE_CHECKING, Literal

from kg_enrich.answers.shape import Confidence, Count, Id, Score, Shape, Text, Time
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.queue import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from kg_enrich.api.reviewing import Unreferenced as Found
    from kg_enrich.evidence import shown as found
    from kg_enrich.evidence import unreadable as unreadables


class ShownReview(Shape):
    """What one person last said of a pair."""

    decision: Text
    by: Text
    at: Time | None
    stale: bool
    """Whether the text or the image changed since, so that somebody must be asked again."""


class ShownPair(Shape):
    """A document and an image that have to do with each other.

    What is about evidence is null where a reference or a review is all there is.
    """

    document: Id | None
    title: Text | None
    image: Id | None
    path: Text | None
    source: Text | None
    confidence: Confidence | None
    score: Score | None
    reason: Text | None
    referenced: bool
    """Whether the document references the image."""
    reviews: list[ShownReview]
    copies: list[Id]
    """Other images of the very same bytes, of which the same holds for this document."""


class Shown(Shape):
    """Pairs, a document's best image first."""

    pairs: list[ShownPair]


class ImageWithoutEvidence(Shape):
    """An image that is evidence for nothing, and the best that is known of it."""

    image: Id | None
    path: Text | None
    score: Score | None
    """The best score any document gave it; null when none did."""
    reason: Text
    copies: list[Id]
    """Other images of the very same bytes, of which the same holds."""


class ImagesWithoutEvidence(Shape):
    """The images that are evidence for nothing."""

    images: list[ImageWithoutEvidence]


class UnreadableImage(Shape):
    """An image that cannot be read now."""

    image: Id | None
    path: Text | None
    reason: Text
    since: Time | None
    """When that was recorded; null where nothing recorded it yet."""
    evidence: Count
    """How many documents it is published for."""


class UnreadableImages(Shape):
    """Images that cannot be read now, those with the most evidence first."""

    total: Count
    """All of them; fewer may be listed."""
    evidence: Count
    """Edges of HAS_EVIDENCE to all of them."""
    images: list[UnreadableImage]


class FlaggedDocument(Shape):
    """A document that an unreferenced image is evidence for."""

    document: Id | None
    title: Text | None
    confidence: Confidence
    reason: Text | None
    source: Text | None


class Flag(Shape):
    """An image with strong evidence that no document references."""

    id: str
    """The flag's id, for --dismiss."""
    image: Id | None
    path: Text | None
    confidence: Confidence
    raised_at: Time
    documents: list[FlaggedDocument]
    """The best few, best first."""
    copies: list[Id]
    """Other images of the very same bytes that are flagged; --dismiss is about them, too."""


class Unreferenced(Shape):
    """What flagging came to, and the most confident open flags."""

    raised: Count
    resolved: Count
    open: Count
    """All flags that are open now; fewer may be listed."""
    images: list[Flag]


class Dismissed(Shape):
    """A flag that a person dismissed."""

    image: Id | None
    """null when the image is gone."""
    status: Literal["dismissed"] = "dismissed"


class QueueItem(Shape):
    """A pair that somebody should be asked about."""

    key: str
    document: Id
    title: Text | None
    image: Id
    path: Text | None
    kind: Kind
    priority: float
    """The least comes first."""
    score: Score | None
    other: Text
    """The image that it lies close to; empty for every other kind."""
    reason: Text | None
    """The published edge's; null where nothing is published."""
    published: bool
    at: Time


class Queue(Shape):
    """What people should be asked, the most urgent first."""

    items: list[QueueItem]
    after: Text | None
    """Where the next items begin; null at the end."""


class Word(Shape):
    """What a person said of a pair."""

    decision: Decision
    reasons: list[Text]
    note: Text
    by: Text
    at: Time | None


class Reviewed(Shape):
    """What a review came to."""

    document: Id
    image: Id
    decision: Decision | None
    """null when a word was taken back."""
    former: Word | None
    """What the same person had said before."""
    others: list[Word]
    """What other people say."""
    conflict: bool
    """Whether people differ: nothing is published before somebody settles it."""
    changed: bool
    """Whether anything was said anew."""
    scored: bool
    """Whether any source has a score for the pair: without one nothing can be published."""
    published: Count
    """Edges of the document made or changed, over all sources."""
    withdrawn: Count


class BulkPair(Shape):
    """A pair that a rule means."""

    document: Id
    image: Id
    score: Score


class BulkPlan(Shape):
    """What a rule means now, with the first few pairs."""

    rule: Text
    """All that bounds it."""
    pairs: Count
    documents: Count
    spoken: Count
    """Pairs that it would mean, had nobody spoken of them."""
    examples: list[BulkPair]


class BulkReviewed(Shape):
    """What a word on many pairs came to."""

    token: Text
    """What takes it back as one."""
    rule: Text
    decision: Decision | None
    """null when it was taken back."""
    pairs: Count
    """Of which something was said anew."""
    documents: Count
    published: Count
    withdrawn: Count
    kept: Count
    """Taken back: pairs of which something else was said since, which stays."""


class Refreshed(Shape):
    """A source's word statistics, taken anew."""

    former: str
    """The version before."""
    version: str
    documents: Count
    """Documents they were taken from."""


def shown(pairs: "Iterable[found.ShownPair]") -> Shown:
    """Pairs."""
    return Shown(pairs=[ShownPair.model_validate(pair) for pair in pairs])


def images_without_evidence(
    images: "Iterable[found.ImageWithoutEvidence]",
) -> ImagesWithoutEvidence:
    """Images that are evidence for nothing."""
    return ImagesWithoutEvidence(
        images=[ImageWithoutEvidence.model_validate(image) for image in images]
    )


def unreadable(images: "unreadables.UnreadableImages") -> UnreadableImages:
    """Images that cannot be read."""
    return UnreadableImages.model_validate(images)


def unreferenced(flagged: "Found") -> Unreferenced:
    """Flags."""
    return Unreferenced(
        raised=flagged.changes.raised,
        resolved=flagged.changes.resolved,
        open=flagged.changes.open,
        images=[Flag.model_validate(flag) for flag in flagged.flags],
    )

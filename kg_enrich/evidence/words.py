"""What people's words on a document come to: pure functions.

A word is tied to the contents that its person saw, by hashes of text and image. While both are the
same it applies, also to nodes that were deleted and loaded anew. When they changed, a rejection
goes on blocking until somebody is asked again, because publishing against a no is the worse error;
an acceptance no longer overrides the policy. A hash that is not known cannot contradict.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from kg_enrich.evidence.models import Decision, ReviewedEdge, Word
from kg_enrich.identity import named_key
from kg_enrich.models import DocumentId, ImageId


@dataclass(frozen=True, slots=True)
class Standing:
    """What is in force for a pair.

    decision: what the policy keeps to; None leaves the pair to the policy.
    words: what each person said last, the latest first. stale: those keys whose contents changed.
    conflict: people differ, so that nothing is published until somebody settles it.
    """

    decision: Decision | None
    words: tuple[Word, ...]
    stale: frozenset[str]
    conflict: bool

    @property
    def to_ask_again(self) -> bool:
        """Whether what was decided is about contents that are no more."""
        decided = {word.key for word in self.words if _decides(word)}
        return bool(decided) and decided <= self.stale


def current(words: Iterable[Word]) -> list[Word]:
    """What each person said last of one pair, the latest first; nothing taken back or settled."""
    ordered = sorted(words, key=_order)
    last = {word.by: word for word in ordered}
    settled = {key for word in last.values() for key in word.settles}
    said = [w for w in last.values() if w.decision is not None and w.key not in settled]
    return sorted(said, key=_order, reverse=True)


def standing(words: Iterable[Word], text_hash: str | None, image_hash: str | None) -> Standing:
    """What is in force for one pair. words: all that was ever said of it.

    text_hash, image_hash: of today's contents, None where they cannot be known.
    """
    said = current(words)
    stale = frozenset(
        word.key
        for word in said
        if _differ(word.text_hash, text_hash) or _differ(word.image_hash, image_hash)
    )
    fresh = {word.decision for word in said if word.key not in stale and _decides(word)}
    old = {word.decision for word in said if word.key in stale and _decides(word)}
    conflict = len(fresh) > 1
    if fresh:
        decision = Decision.REJECT if conflict else next(iter(fresh))
    else:
        decision = Decision.REJECT if Decision.REJECT in old else None
    return Standing(decision, tuple(said), stale, conflict)


def standings(
    words: Iterable[Word], text_hash: str | None, image_hashes: Mapping[ImageId, str | None]
) -> dict[ImageId, Standing]:
    """What is in force for each image of one document that anything was said of."""
    by_image: dict[ImageId, list[Word]] = {}
    for word in words:
        by_image.setdefault(word.image, []).append(word)
    return {
        image: standing(said, text_hash, image_hashes.get(image))
        for image, said in by_image.items()
    }


def reviews_of(standing_by_image: Mapping[ImageId, Standing]) -> dict[ImageId, Decision]:
    """What the policy keeps to, by image."""
    return {
        image: one.decision for image, one in standing_by_image.items() if one.decision is not None
    }


def unstored(
    document: DocumentId, words: Collection[Word], edges: Iterable[ReviewedEdge]
) -> list[Word]:
    """Words for REVIEWED edges that no stored word stands behind, with no hashes yet.

    Older versions and people's own Cypher make such edges, and so does an id that somebody changes
    in place: the edge moves with its node.
    """
    known = {(word.image, word.key) for word in words}
    return [
        Word(
            "",
            document,
            edge.image,
            Decision(edge.decision),
            edge.by,
            at=edge.at,
            reasons=edge.reasons,
            note=edge.note,
            way="adopted",
        )
        for edge in edges
        if (edge.image, edge.key) not in known and edge.decision in set(Decision)
    ]


def seen_tag(said: Standing, text_hash: str | None, image_hash: str | None) -> str:
    """Names all that a person sees of a pair before they speak: the words in force, the contents.

    By what they say, not by their keys: an edge that no stored word stands behind has none yet.
    """
    words = sorted(repr((w.by, w.decision, sorted(w.reasons), w.note)) for w in said.words)
    return named_key("seen", *words, text_hash or "", image_hash or "")


def edges_wanted(
    standing_by_image: Mapping[ImageId, Standing], present: Collection[ImageId]
) -> dict[str, ReviewedEdge]:
    """The REVIEWED edges that say what people said last, by the word's key."""
    return {
        word.key: ReviewedEdge(
            word.key,
            image,
            word.decision.value,
            word.by,
            word.at,
            word.reasons,
            word.note,
            word.key in one.stale,
        )
        for image, one in standing_by_image.items()
        if image in present
        for word in one.words
        if word.decision is not None
    }


def edges_differ(wanted: Mapping[str, ReviewedEdge], there: Iterable[ReviewedEdge]) -> bool:
    """Whether the edges that are there say something else than they should."""
    return sorted(map(repr, wanted.values())) != sorted(map(repr, there))


def _order(word: Word) -> tuple[int, bool, str]:
    """Of two words of one moment (adopted ones, whose time nobody knows) a rejection is later."""
    return word.order, word.decision is Decision.REJECT, word.key


def _decides(word: Word) -> bool:
    return word.decision in (Decision.ACCEPT, Decision.REJECT)


def _differ(then: str | None, now: str | None) -> bool:
    return then is not None and now is not None and then != now

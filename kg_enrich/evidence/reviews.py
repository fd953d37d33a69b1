"""A person's word on a pair: recorded, and followed at once by what every source publishes."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import uuid4

from kg_enrich.documents.reading import read_text_hashes
from kg_enrich.errors import NotNowError, NotThereError, OutOfDateError
from kg_enrich.evidence.edges import Authority
from kg_enrich.evidence.models import Decision, DocumentState, Word
from kg_enrich.evidence.queue import put_conflict, take_out
from kg_enrich.evidence.said import keep, read_image_hashes, settle_words
from kg_enrich.evidence.settle import Settled, lock, settle
from kg_enrich.evidence.sources import source_names
from kg_enrich.evidence.state import read_image_ids, read_present, read_states
from kg_enrich.evidence.words import seen_tag, standing
from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import ledger_key
from kg_enrich.models import DocumentId, ImageId, RunNotice

READ_DOCUMENT_SOURCES = query("read_document_sources")

# What stands where a run's id stands, on evidence that follows from a person's word.
RUN = "review"


@dataclass(frozen=True, slots=True)
class Saying:
    """What a person says of a pair.

    decision: None takes back what the same person said. reasons: short labels ("logo", "other
    site"). note: a sentence. by: who says so. settles: names of everybody whose other word this
    one overrules. way: how it is said ('cli', 'api', ...). batch: what it is said together with.
    seen: what the person had before them, as `words.seen_tag` names it; None: whatever it was.
    """

    decision: Decision | None
    by: str
    reasons: tuple[str, ...] = ()
    note: str = ""
    settles: tuple[str, ...] = ()
    way: str = ""
    blind: bool = False
    batch: str = ""
    seen: str | None = None


@dataclass(frozen=True, slots=True)
class Reviewed:
    """What a review came to.

    decision: what was said; None: it was taken back. former: what this person had said before.
    others: what other people's words in force are. conflict: people differ, so that nothing is
    published before somebody settles it. changed: whether anything was said anew.
    scored: whether any source has a score for the pair; without one nothing can be published.
    published, withdrawn: edges of the document, over all sources.
    """

    document: DocumentId
    image: ImageId
    decision: Decision | None
    former: Word | None
    others: tuple[Word, ...]
    conflict: bool
    changed: bool
    scored: bool
    published: int
    withdrawn: int
    notices: tuple[RunNotice, ...]


def review(graph: Graph, document: DocumentId, image: ImageId, saying: Saying) -> Reviewed:
    """Records a person's word on a pair and makes the document's evidence follow, in one step.

    It is tied to the contents of text and image as they are now. Saying the same of the same
    contents again is no change.
    Errors: NotThereError when the document or the image is not there exactly once;
    NotNowError when nothing was said that could be taken back, or when `settles` misses
    somebody; OutOfDateError when `seen` is no longer what there is.
    """
    return graph.write(lambda tx: _review(tx, document, image, saying))


def _review(
    transaction: Transaction, document: DocumentId, image: ImageId, saying: Saying
) -> Reviewed:
    names = transaction.names
    d = _only(names.document_label, document, lock(transaction, [document]))
    _only(names.image_label, image, read_image_ids(transaction.run, [image]))
    before = _hear(transaction, document)
    text_hash = read_text_hashes(transaction.run, names, [d]).get(document)
    image_hash = read_image_hashes(transaction.run, [image]).get(image)
    there = standing((w for w in before.words if w.image == image), text_hash, image_hash)
    if saying.seen is not None and saying.seen != seen_tag(there, text_hash, image_hash):
        raise OutOfDateError(
            f"Image {image} or document {document} changed, or somebody spoke of them, since this "
            "was shown: look again."
        )
    former = next((word for word in there.words if word.by == saying.by), None)
    others = tuple(word for word in there.words if word.by != saying.by)
    changed = _is_news(saying, former, former is not None and former.key in there.stale)
    if changed:
        word = Word(
            uuid4().hex,
            document,
            image,
            saying.decision,
            saying.by,
            reasons=saying.reasons,
            note=saying.note,
            text_hash=text_hash,
            image_hash=image_hash,
            settles=_settled(saying, others),
            way=saying.way,
            blind=saying.blind,
            batch=saying.batch,
        )
        keep(transaction, [word])
    elif saying.decision is None and others:
        raise NotNowError(
            f"{saying.by} has said nothing of image {image} for document {document} that could be "
            f"taken back; {', '.join(word.by or 'somebody' for word in others)} did: name them "
            "with --by."
        )
    settled, scored, sources = _settle(transaction, document, d, image)
    after = _hear(transaction, document)
    now = standing((w for w in after.words if w.image == image), text_hash, image_hash)
    if changed:
        take_out(transaction, sources, document, image)
        if now.conflict:
            put_conflict(transaction, RUN, sources, document, image)
    return Reviewed(
        document,
        image,
        saying.decision,
        former,
        tuple(word for word in now.words if word.by != saying.by),
        now.conflict,
        changed,
        scored,
        published=sum(one.published for one in settled),
        withdrawn=sum(one.withdrawn for one in settled),
        notices=tuple(notice for one in settled for notice in one.notices),
    )


def _hear(transaction: Transaction, document: DocumentId) -> DocumentState:
    """What was said of a document, stored whole and copied to its edges; of no source."""
    states = read_states(transaction.run, [document], "")
    images = {image for state in states.values() for image in state.images}
    return settle_words(transaction, states, read_present(transaction.run, images))[document]


def _is_news(saying: Saying, former: Word | None, stale: bool) -> bool:
    if saying.decision is None or former is None:
        return saying.decision is not None or former is not None
    said = former.decision, former.reasons, former.note
    if stale or saying.settles or said != (saying.decision, saying.reasons, saying.note):
        return True
    # What is said without seeing the score says more than the same said before.
    return saying.blind and not former.blind


def _settled(saying: Saying, others: Sequence[Word]) -> tuple[str, ...]:
    """Keys of the words that this one overrules.

    Errors: NotNowError when somebody is not named.
    """
    if not saying.settles:
        return ()
    differing = [word for word in others if word.decision is not saying.decision]
    missing = {word.by for word in differing} - set(saying.settles)
    if missing:
        raise NotNowError(
            f"{', '.join(sorted(missing))} said otherwise and must be named, too, to settle this."
        )
    return tuple(word.key for word in differing)


def _settle(
    transaction: Transaction, document: DocumentId, native: str | int, image: ImageId
) -> tuple[list[Settled], bool, list[str]]:
    """Makes the document right for every source that knows it, and names these.

    Also says whether any of them has a score for the image.
    """
    names = source_names(transaction.run)
    rows = transaction.run(
        READ_DOCUMENT_SOURCES,
        document=native,
        image=image,
        rows=[{"source": name, "key": ledger_key(document, name)} for name in names],
    )
    settled = [
        settle(transaction, Authority(row["source"], "", RUN), {document: ()}) for row in rows
    ]
    return settled, any(row["scored"] for row in rows), [row["source"] for row in rows]


def _only(label: str, asked: str, found: Sequence[object]) -> str | int:
    ids = [value for value in found if isinstance(value, str | int)]
    if not ids:
        raise NotThereError(f"There is no {label} {asked}: check the id.")
    if len(ids) > 1:
        raise NotThereError(f"{len(ids)} {label} nodes carry the id {asked}: give each its own.")
    return ids[0]

"""Makes documents' ledgers and edges right, inside a write transaction.

Lock the documents in order, read, decide in the pure function, write only the differences.
Everything that changes a document's evidence comes through here.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from kg_enrich.evidence.edges import Authority, Settling, write_edges, write_ledgers
from kg_enrich.evidence.former import former
from kg_enrich.evidence.hubs import find_hubs, hold_key
from kg_enrich.evidence.models import (
    Decision,
    DocumentState,
    Evidence,
    LedgerEntry,
    Policy,
    Reason,
)
from kg_enrich.evidence.policy import decide, policy_version
from kg_enrich.evidence.reasons import carried, explained
from kg_enrich.evidence.said import hear, settle_words
from kg_enrich.evidence.sources import read_policy
from kg_enrich.evidence.state import read_held, read_pictures, read_present, read_states
from kg_enrich.evidence.undo import Before
from kg_enrich.graph.connection import Read, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms
from kg_enrich.models import DocumentId, ImageId, Notice, RunNotice
from kg_enrich.names import Names

LOCK_DOCUMENTS = query("lock_documents")

_NOTHING: Mapping[DocumentId, frozenset[ImageId]] = {}
_UNSAID: Mapping[DocumentId, Mapping[ImageId, Reason]] = {}

# New ledger entries by document; no entries means: just make the document's edges right.
NewEntries = Mapping[DocumentId, tuple[LedgerEntry, ...]]


@dataclass(frozen=True, slots=True)
class Settled:
    """What was written, in edges; what was there before; what a person should know.

    images: those that got an edge which no person asked for.
    """

    published: int = 0
    withdrawn: int = 0
    before: Before = field(default_factory=Before)
    notices: tuple[RunNotice, ...] = ()
    images: frozenset[ImageId] = frozenset()


def lock(transaction: Transaction, documents: Iterable[DocumentId]) -> list[str | int]:
    """Locks documents until the transaction ends, in the order in which everybody does.

    Returns their ids as the graph has them, one for each node that carries one.
    """
    rows = transaction.run(LOCK_DOCUMENTS, documents=[{"ids": forms(d)} for d in sorted(documents)])
    return [row["id"] for row in rows]


def settle(
    transaction: Transaction,
    authority: Authority,
    new: NewEntries,
    holds_are_counted: bool = False,
    aside: Mapping[DocumentId, frozenset[ImageId]] = _NOTHING,
    reasons: Mapping[DocumentId, Mapping[ImageId, Reason]] = _UNSAID,
) -> Settled:
    """Merges new entries into the documents' ledgers and makes their edges follow.

    A document or image that vanished meanwhile is named and left out. Entries of images that
    are gone are dropped. aside: images that cannot be judged now, whatever is tried; a ledger is
    judged anew without them. holds_are_counted: the caller has just counted every hub anew.
    reasons: for what is on record; they come to nothing where it was judged again meanwhile.
    Errors: GraphError when the source is gone.
    """
    documents = sorted(new)
    lock(transaction, documents)
    # Read after the locks, never brought along: publish stores another policy before it settles a
    # document, so that its policy is seen here, or it waits for this lock. So does prune.
    policy = read_policy(transaction.run, authority.source)
    stored = read_states(transaction.run, documents, authority.source)
    named = {entry.image for entries in new.values() for entry in entries}
    present, contents = read_pictures(
        transaction.run, named.union(*(state.images for state in stored.values()))
    )
    stored = settle_words(transaction, stored, present)
    stored = {document: replace(state, contents=contents) for document, state in stored.items()}
    held = read_held(transaction.run, authority.source)
    hubs: dict[ImageId, int] = {}
    while True:
        settling = [
            replace(
                _decide(
                    document,
                    stored[document],
                    new[document],
                    present,
                    held | hubs.keys(),
                    policy,
                    reasons.get(document, {}),
                ),
                aside=aside.get(document, frozenset()),
            )
            for document in documents
            if document in stored
        ]
        # The next best takes the place of a hub, and may be one too.
        found = (
            {} if holds_are_counted else _hubs(transaction, authority, settling, present, policy)
        )
        if not found:
            break
        hubs |= found
    write_ledgers(transaction, authority, policy_version(policy), settling)
    written = write_edges(transaction, authority, settling, present)
    before = replace(
        former(authority.source, settling, written.origins),
        holds={hold_key(authority.source, image): None for image in hubs},
    )
    return Settled(
        published=sum(len(one.changes.publish) for one in settling) - len(written.lost),
        withdrawn=sum(len(one.changes.withdraw) + len(one.stored.strays) for one in settling),
        before=before,
        notices=(
            *_vanished(documents, stored.keys(), named, present.keys()),
            *written.lost,
            *(hub_notice(image, many, policy) for image, many in hubs.items()),
            *_held_documents(settling, policy),
        ),
        images=frozenset(edge.image for edge in _uninvited(settling)),
    )


def read_reviews(
    transaction: Transaction, documents: Iterable[DocumentId]
) -> dict[tuple[DocumentId, ImageId], Decision]:
    """What people's words on these documents, which are locked, come to, by pair."""
    states = read_states(transaction.run, documents, "")
    present = read_present(transaction.run, _named(states))
    return _by_pair(settle_words(transaction, states, present))


def plan_reviews(
    read: Read, names: Names, documents: Iterable[DocumentId]
) -> dict[tuple[DocumentId, ImageId], Decision]:
    """Like `read_reviews`, for a dry run. Writes nothing."""
    states = read_states(read, documents, "")
    return _by_pair(hear(read, names, states, read_present(read, _named(states))))


def _named(states: Mapping[DocumentId, DocumentState]) -> set[ImageId]:
    return {image for state in states.values() for image in state.images}


def _by_pair(
    heard: Mapping[DocumentId, DocumentState],
) -> dict[tuple[DocumentId, ImageId], Decision]:
    return {
        (document, image): decision
        for document, state in heard.items()
        for image, decision in state.reviews.items()
    }


def hub_notice(image: ImageId, documents: int, policy: Policy) -> RunNotice:
    """Says that an image is held back, and why."""
    detail = f"it would be evidence for {documents} documents, {policy.max_documents} allowed"
    return RunNotice(Notice.HELD_IMAGE, image, detail)


def rival_notice(image: ImageId, documents: int, policy: Policy) -> RunNotice:
    """Says that an image is held back because two documents are about as good, and how many."""
    detail = (
        f"its best document does not lead its next one by {policy.min_image_lead:g} log-odds; "
        f"{documents} would get it"
    )
    return RunNotice(Notice.HELD_IMAGE, image, detail)


def _decide(
    document: DocumentId,
    stored: DocumentState,
    new: Iterable[LedgerEntry],
    present: Mapping[ImageId, str | int],
    held: Collection[ImageId],
    policy: Policy,
    reasons: Mapping[ImageId, Reason],
) -> Settling:
    judged = {e.image: carried(e, stored.entries) for e in new if e.image in present}
    kept = {i: explained(e, reasons.get(i)) for i, e in stored.entries.items() if i in present}
    entries = kept | judged
    changes = decide(replace(stored, entries=entries), policy, present, held)
    return Settling(document, stored, entries, frozenset(judged), changes)


def _hubs(
    transaction: Transaction,
    authority: Authority,
    settling: Sequence[Settling],
    present: Mapping[ImageId, str | int],
    policy: Policy,
) -> dict[ImageId, int]:
    """Images that these documents would make hubs, which are held from now on."""
    having: dict[str, set[DocumentId]] = {}
    contents: dict[ImageId, str] = {}
    for one in settling:
        gone = {edge.image for edge in one.changes.withdraw}
        kept = one.stored.evidence.keys() - gone
        for image in kept.union(edge.image for edge in one.changes.publish):
            if one.stored.reviews.get(image) is not Decision.ACCEPT:
                having.setdefault(one.stored.picture(image), set()).add(one.document)
        contents.update(one.stored.contents)
    return find_hubs(
        transaction,
        authority.source,
        authority.run,
        {edge.image for edge in _uninvited(settling)},
        having,
        [one.stored.native for one in settling],
        present,
        contents,
        policy.max_documents,
    )


def _uninvited(settling: Iterable[Settling]) -> Iterator[Evidence]:
    """Edges to be made. An accepted pair stays published whatever happens, and makes no hub."""
    for one in settling:
        for edge in one.changes.add:
            if one.stored.reviews.get(edge.image) is not Decision.ACCEPT:
                yield edge


def _vanished(
    documents: Iterable[DocumentId],
    found: Iterable[DocumentId],
    images: Iterable[ImageId],
    present: Iterable[ImageId],
) -> list[RunNotice]:
    gone = sorted({*documents} - {*found}) + sorted({*images} - {*present})
    return [
        RunNotice(Notice.VANISHED, subject, "deleted or doubled while it was judged")
        for subject in gone
    ]


def _held_documents(settling: Iterable[Settling], policy: Policy) -> list[RunNotice]:
    notices = []
    for one in settling:
        if one.changes.crowd:
            detail = f"{one.changes.crowd} images qualify, {policy.max_images} allowed"
            notices.append(RunNotice(Notice.HELD_DOCUMENT, one.document, detail))
    return notices

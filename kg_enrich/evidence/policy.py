"""What becomes of a document's evidence: one pure function that everything goes through.

Runs, publishing, reviews, dry runs and hub alarms read a document's state and call `decide`.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from itertools import pairwise
from math import exp, inf
from typing import Any

from kg_enrich.evidence.models import Decision, DocumentState, Evidence, LedgerEntry, Policy
from kg_enrich.identity import named_key
from kg_enrich.models import ImageId

# What every policy says. What came later is said only where it is used, so that a policy that does
# not use it stays the very same text and version.
_ALWAYS = {"min_score", "top_k", "max_images", "max_documents"}


@dataclass(frozen=True, slots=True)
class EdgeChanges:
    """What must change for a document's edges to be right. Empty when they are.

    add: to be made. raised, lowered, renewed: to be rewritten because the score went up, went
    down, or stayed while what it was taken from changed. withdraw: to be removed.
    held: the policy would publish these, but the document or the image is held back as a hub, or
    the image's places are taken by better documents.
    crowd: how many images qualify for a document that is held back because of them, else 0.
    trailing: images that score high enough and do not lead the document's next image clearly.
    """

    add: tuple[Evidence, ...] = ()
    raised: tuple[Evidence, ...] = ()
    lowered: tuple[Evidence, ...] = ()
    renewed: tuple[Evidence, ...] = ()
    withdraw: tuple[Evidence, ...] = ()
    held: tuple[ImageId, ...] = ()
    crowd: int = 0
    trailing: tuple[ImageId, ...] = ()

    @property
    def publish(self) -> tuple[Evidence, ...]:
        """Every edge to be made or rewritten."""
        return self.add + self.raised + self.lowered + self.renewed

    def __bool__(self) -> bool:
        return bool(self.publish or self.withdraw)


def stated(policy: Policy) -> dict[str, Any]:
    """The parts of a policy that are written down; those left out have their defaults."""
    defaults = {field.name: field.default for field in fields(policy)}
    return {
        name: value
        for name, value in asdict(policy).items()
        if name in _ALWAYS or value != defaults[name]
    }


def policy_version(policy: Policy) -> str:
    """Short name of a policy, kept with what it was applied to."""
    parts = (str(v) if n in _ALWAYS else f"{n}={v}" for n, v in stated(policy).items())
    return named_key("policy", *parts)[:12]


def published_score(entry: LedgerEntry, policy: Policy) -> float | None:
    """The score of a pair's edge, in [0, 10]: calibrated where the policy says so.

    None for an abstention.
    """
    if policy.calibration is None or entry.score is None or entry.log_odds is None:
        return entry.score
    return calibrated(entry.log_odds, policy.slope, policy.intercept)


def calibrated(log_odds: float, slope: float, intercept: float) -> float:
    """Ten times the logistic function of slope times log-odds plus intercept; in [0, 10]."""
    odds = slope * log_odds + intercept
    # Of the two forms the one that cannot overflow.
    return 10 / (1 + exp(-odds)) if odds >= 0 else 10 * exp(odds) / (1 + exp(odds))


def rank(entries: Iterable[LedgerEntry]) -> list[LedgerEntry]:
    """The scored entries, best first: by log-odds (scores tie where they saturate), then by id."""
    scored = [entry for entry in entries if entry.score is not None]
    return sorted(scored, key=lambda e: (-_odds(e), e.image))


_NO_BARS: Mapping[str, float] = {}


def qualifying(
    state: DocumentState,
    policy: Policy,
    present: Collection[ImageId],
    held: Collection[ImageId] = (),
    bars: Mapping[str, float] = _NO_BARS,
) -> list[LedgerEntry]:
    """The entries that score high enough, rank within top-k and lead, whatever the document's
    bound.

    present: those of the state's images that the graph holds exactly once. held: images that are
    held back as hubs. bars: of pictures, as of `places`. A rejected pair takes no place in the
    ranking, and neither does an image that is gone or held back; an accepted pair is never held
    back. Copies, images of the very same bytes, take one place together.
    """
    return _choose(state, policy, present, held, bars).published


def decide(
    state: DocumentState,
    policy: Policy,
    present: Collection[ImageId],
    held: Collection[ImageId] = (),
    bars: Mapping[str, float] = _NO_BARS,
) -> EdgeChanges:
    """From (ledger, reviews, policy, edges that are there) to the edges to change.

    present, held, bars: as of `qualifying`.
    A rejected pair is never published. An accepted one stays published, and is published when it
    has a score, however low. Everything else is published when it qualifies and neither the
    document nor the image is held back. The next best takes the place of an image that is.
    """
    chosen = _choose(state, policy, present, held, bars)
    qualified = chosen.published
    held_back = {entry.image for entry in chosen.held}
    wanted = {entry.image: entry for entry in qualified}
    pictures = len({state.picture(entry.image) for entry in qualified})
    crowd = pictures if pictures > policy.max_images else 0
    if crowd:
        held_back |= wanted.keys()
        wanted = {}
    for image, word in state.reviews.items():
        entry = state.entries.get(image)
        if word is Decision.ACCEPT and entry is not None and entry.score is not None:
            wanted[image] = entry
            held_back.discard(image)
    wanted = {image: entry for image, entry in wanted.items() if image in present}
    trailing = tuple(sorted(e.image for e in chosen.trailing if e.image not in wanted))
    return replace(_difference(state, policy, wanted, held_back), crowd=crowd, trailing=trailing)


@dataclass(frozen=True, slots=True)
class _Chosen:
    """Entries that qualify. held: those that would if their image had a place for them. trailing:
    those that would if they led the document's next image."""

    published: list[LedgerEntry]
    held: list[LedgerEntry]
    trailing: list[LedgerEntry]


def _choose(
    state: DocumentState,
    policy: Policy,
    present: Collection[ImageId],
    held: Collection[ImageId],
    bars: Mapping[str, float],
) -> _Chosen:
    qualified: list[LedgerEntry] = []
    passed_over: list[LedgerEntry] = []
    behind: LedgerEntry | None = None
    # Copies of one picture take one place.
    places: set[str] = set()
    for entry in rank(state.entries.values()):
        word = state.reviews.get(entry.image)
        score = published_score(entry, policy)
        if score is None or entry.image not in present or word is Decision.REJECT:
            continue
        picture = state.picture(entry.image)
        is_full = policy.top_k is not None and len(places) >= policy.top_k and picture not in places
        is_held = entry.image in held or score < bars.get(picture, 0.0)
        if is_held and word is not Decision.ACCEPT:
            if not is_full and score >= policy.min_score:
                passed_over.append(entry)
        elif is_full or score < policy.min_score:
            behind = behind or entry
        else:
            qualified.append(entry)
            places.add(picture)
    leading = _leading(qualified, behind, policy.min_lead)
    return _Chosen(qualified[:leading], passed_over, qualified[leading:])


def _leading(
    qualified: Sequence[LedgerEntry], behind: LedgerEntry | None, min_lead: float | None
) -> int:
    """How many of the best lead: all down to the last one that is clearly before its next.

    Those above it come along, for they are better still. behind: what comes after all of them.
    """
    if min_lead is None:
        return len(qualified)
    return max(
        (
            number
            for number, (entry, follower) in enumerate(pairwise([*qualified, behind]), 1)
            if entry is not None
            and (follower is None or _odds(entry) - _odds(follower) >= min_lead)
        ),
        default=0,
    )


def _odds(entry: LedgerEntry) -> float:
    return entry.log_odds if entry.log_odds is not None else -inf


def _difference(
    state: DocumentState,
    policy: Policy,
    wanted: dict[ImageId, LedgerEntry],
    held: set[ImageId],
) -> EdgeChanges:
    add, raised, lowered, renewed = [], [], [], []
    calibration = policy.calibration or ""
    for image, entry in sorted(wanted.items()):
        score = published_score(entry, policy)
        if score is None:
            continue
        there = state.evidence.get(image)
        edge = Evidence(image, score, entry.fingerprint, entry.reason, calibration=calibration)
        if there is None:
            add.append(edge)
        elif edge.score > there.score:
            raised.append(edge)
        elif edge.score < there.score:
            lowered.append(edge)
        elif _taken_from(edge) != _taken_from(there):
            renewed.append(edge)
    withdraw = [
        edge
        for image, edge in sorted(state.evidence.items())
        if image not in wanted and state.reviews.get(image) is not Decision.ACCEPT
    ]
    return EdgeChanges(
        tuple(add),
        tuple(raised),
        tuple(lowered),
        tuple(renewed),
        tuple(withdraw),
        tuple(sorted(held)),
    )


def _taken_from(edge: Evidence) -> tuple[int, str, str]:
    """What a score was taken from."""
    return edge.fingerprint, edge.reason, edge.calibration

"""What several answers at once would do, before anybody gives them: a pure function."""

from collections.abc import Iterable
from dataclasses import dataclass

from kg_enrich.evidence.dossier import Card
from kg_enrich.evidence.models import Decision


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What would become of some cards' evidence. Ids of images, each in one of the lists.

    publish, withdraw: edges that would come and go. conflict: people would differ, so that nothing
    is published. unjudged: accepted, and published once a scorer has judged it. same: no edge
    changes; what is left to the policy is among it.
    """

    publish: tuple[str | int, ...]
    withdraw: tuple[str | int, ...]
    conflict: tuple[str | int, ...]
    unjudged: tuple[str | int, ...]
    same: tuple[str | int, ...]


def foresee(cards: Iterable[Card], decision: Decision, by: str) -> Foreseen:
    """What it would do when `by` said this of each of these cards."""
    found: dict[str, list[str | int]] = {name: [] for name in Foreseen.__slots__}
    for card in cards:
        found[_fate(card, decision, by)].append(card.image)
    return Foreseen(**{name: tuple(images) for name, images in found.items()})


def _fate(card: Card, decision: Decision, by: str) -> str:
    others = {
        word.decision
        for word in card.words
        if word.by != by
        and word.key not in card.stale
        and word.decision in (Decision.ACCEPT, Decision.REJECT)
    }
    if decision is Decision.UNSURE:
        return "same"
    if others - {decision}:
        return "conflict"
    if decision is Decision.REJECT:
        return "withdraw" if card.published else "same"
    if card.published:
        return "same"
    return "unjudged" if card.score is None else "publish"

"""A small picture of the graph around a document: where things stand in it."""

from collections.abc import Sequence
from dataclasses import dataclass

from kg_enrich.evidence.dossier import Card

WIDTH = 640
_ROW = 34
_MOST = 14
_LEFT, _RIGHT = 150, 400
_NAME = 26


@dataclass(frozen=True, slots=True)
class Spot:
    """An image in the picture. x, y: of its dot. width: of its edge, by confidence."""

    card: Card
    name: str
    x: int
    y: int
    width: float


@dataclass(frozen=True, slots=True)
class Picture:
    """A document at (x, y) and its images in a column. left_out: images that have no room."""

    name: str
    x: int
    y: int
    width: int
    height: int
    spots: tuple[Spot, ...]
    left_out: int


def draw(name: str, cards: Sequence[Card]) -> Picture:
    """Places a document's images, the best on top."""
    shown = cards[:_MOST]
    height = max(len(shown), 2) * _ROW + 16
    spots = tuple(
        Spot(
            card,
            _short(str(card.image)),
            _RIGHT,
            8 + _ROW // 2 + place * _ROW + (height - 16 - len(shown) * _ROW) // 2,
            1.0 + 4.0 * (card.confidence or 0.0) if card.published else 1.0,
        )
        for place, card in enumerate(shown)
    )
    return Picture(_short(name), _LEFT, height // 2, WIDTH, height, spots, len(cards) - len(shown))


def _short(name: str) -> str:
    return name if len(name) <= _NAME else name[: _NAME - 1] + "…"

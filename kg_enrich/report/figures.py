"""Plain SVG for the report: a few pictures made of numbers, with colours that the page names."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 720, 220
_LEFT, _BOTTOM, _TOP = 44, 30, 26
_GAP = 3
# Of a curve, which is as wide as it is high.
_ROOM = 250
# Of more points than these, the line alone is clearer.
_DOTS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """One part of a whole. tone: a class of the style sheet."""

    name: str
    count: int
    tone: str


def histogram(judged: Sequence[int], published: Sequence[int], minimum: float) -> Markup:
    """How scores are spread over [0, 10]: all that was judged, and what of it is published.

    judged, published: pairs by bin, from score 0 to 10. minimum: the least that is published.
    """
    most = _round_up(max([1, *judged, *published]))
    step = (_WIDTH - _LEFT) / len(judged)
    floor, room = _HEIGHT - _BOTTOM, _HEIGHT - _BOTTOM - _TOP

    def bar(number: int, count: int, tone: str) -> str:
        height = max(room * count / most, 1.5) if count else 0.0
        low, high = number * 10 / len(judged), (number + 1) * 10 / len(judged)
        return (
            f'<rect class="{tone}" x="{_LEFT + number * step + _GAP / 2:.1f}" '
            f'y="{floor - height:.1f}" width="{step - _GAP:.1f}" height="{height:.1f}" rx="2">'
            f"<title>{low:g} to {high:g}: {count:,}</title></rect>"
        )

    bars = [bar(n, count, "rest") for n, count in enumerate(judged)]
    bars += [bar(n, count, "accent") for n, count in enumerate(published)]
    lines = []
    for share in (0.5, 1.0):
        y = floor - room * share
        lines.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH}" y1="{y:.1f}" y2="{y:.1f}"/>')
        lines.append(_text(_LEFT - 8, y + 4, f"{most * share:,.0f}", "end"))
    axis = [_text(_LEFT + (_WIDTH - _LEFT) * n / 10, _HEIGHT - 8, str(n)) for n in range(0, 11, 2)]
    axis[-1] = _text(_WIDTH, _HEIGHT - 8, "10", "end")
    at = _LEFT + (_WIDTH - _LEFT) * minimum / 10
    side, shift = ("end", -6) if minimum > 7 else ("start", 6)
    threshold = f'<line class="mark" x1="{at:.1f}" x2="{at:.1f}" y1="8" y2="{floor}"/>' + _text(
        at + shift, 17, f"published from {minimum:g}", side, "marked"
    )
    ground = f'<line class="axis" x1="{_LEFT}" x2="{_WIDTH}" y1="{floor}" y2="{floor}"/>'
    said = f"{sum(judged):,} judged pairs by score, of which {sum(published):,} are published"
    return _svg([*lines, *bars, ground, threshold, *axis], said)


def shares(parts: Sequence[Part]) -> Markup:
    """Parts of a whole, as one bar. Their names and numbers belong beside it, as text."""
    total = sum(part.count for part in parts) or 1
    x, pieces = 0.0, []
    for part in parts:
        width = _WIDTH * part.count / total
        if width:
            pieces.append(
                f'<rect class="{part.tone}" x="{x:.2f}" y="0" width="{max(width - 2, 1):.2f}" '
                f'height="18"><title>{escape(part.name)}: {part.count:,}</title></rect>'
            )
        x += width
    said = ", ".join(f"{part.name}: {part.count:,}" for part in parts)
    return _svg(pieces, said, 18, "share")


@dataclass(frozen=True, slots=True)
class Axis:
    """What a curve shows from left to right. most: at the right end, as it is written there."""

    name: str = ""
    most: float = 1.0


def curve(
    points: Sequence[tuple[float, float]],
    band: Sequence[tuple[float, float, float]] = (),
    name: str = "",
    across: Axis = Axis(),
    *,
    diagonal: bool = False,
    counts: Sequence[int] = (),
    second: Sequence[tuple[float, float]] = (),
    chosen: float | None = None,
) -> Markup:
    """A line through points of [0, 1] x [0, 1], with a band (x, low, high) behind it.

    name: of the line, for who cannot see it. diagonal: a line from corner to corner, on which
    perfect calibration would lie. counts: how many cases stand behind each point, written at it.
    second: a line of another kind; what lies above 1 is drawn at 1. chosen: an x that is marked,
    by a line that a script may move.
    """

    def place(x: float, y: float) -> tuple[float, float]:
        return _LEFT + x * _ROOM, _TOP + (1 - min(y, 1.0)) * _ROOM

    def line(tone: str, corners: Sequence[tuple[float, float]], tag: str = "polyline") -> str:
        written = " ".join(f"{x:.1f},{y:.1f}" for x, y in corners)
        return f'<{tag} class="{tone}" points="{written}"/>'

    pieces = []
    for n in range(0, 11, 5):
        y, x = _TOP + _ROOM * (1 - n / 10), _LEFT + _ROOM * n / 10
        pieces.append(f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + _ROOM}" y1="{y}" y2="{y}"/>')
        pieces.append(_text(_LEFT - 8, y + 4, f"{n / 10:g}", "end"))
        pieces.append(_text(x, _TOP + _ROOM + 18, f"{across.most * n / 10:g}"))
    if diagonal:
        pieces.append(line("mark", [place(0, 0), place(1, 1)]))
    if band:
        edge = [place(x, high) for x, _, high in band]
        edge += [place(x, low) for x, low, _ in reversed(band)]
        pieces.append(line("band", edge, "polygon"))
    if second:
        pieces.append(line("line other", [place(x, y) for x, y in second]))
    pieces.append(line("line", [place(x, y) for x, y in points]))
    spots = [place(*point) for point in points]
    if len(spots) <= _DOTS:
        pieces += [f'<circle class="accent" r="3.5" cx="{x:.1f}" cy="{y:.1f}"/>' for x, y in spots]
    pieces += [_count(spots, at, many) for at, many in enumerate(counts)]
    if chosen is not None:
        pieces.append(
            f'<line class="chosen" x1="{_LEFT}" x2="{_LEFT}" y1="{_TOP}" y2="{_TOP + _ROOM}" '
            f'data-room="{_ROOM}" transform="translate({chosen * _ROOM:.1f})"/>'
        )
    pieces.append(_text(_LEFT + _ROOM / 2, _TOP + _ROOM + 36, across.name))
    return _svg(pieces, name, _TOP + _ROOM + 44, "curve", _ROOM + 60)


def _count(spots: Sequence[tuple[float, float]], at: int, many: int) -> str:
    """How many cases stand behind a point, beside it: away from a neighbour, and within."""
    x, y = spots[at]
    before = x - spots[at - 1][0] if at else _ROOM
    behind = spots[at + 1][0] - x if at + 1 < len(spots) else _ROOM
    anchor = "middle" if min(before, behind) > 30 else "start" if before < behind else "end"
    return _text(x, y - 8 if y > _TOP + 8 else y + 17, f"{many:,}", anchor)


def _round_up(count: int) -> int:
    """The next number whose half is short to read, too."""
    power: int = 10 ** (len(str(count)) - 1)
    return next(n for n in (one * power for one in (1, 2, 4, 6, 8, 10)) if n >= count and n > 1)


def _text(x: float, y: float, text: str, anchor: str = "middle", tone: str = "label") -> str:
    return (
        f'<text class="{tone}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )


def _svg(
    pieces: Sequence[str], said: str, height: int = _HEIGHT, tone: str = "", width: int = _WIDTH
) -> Markup:
    return Markup(
        f'<svg class="{tone}" viewBox="0 0 {width} {height}" role="img" '
        f'aria-label="{escape(said)}"'
        + (' preserveAspectRatio="none"' if tone == "share" else "")
        + f">{''.join(pieces)}</svg>"
    )

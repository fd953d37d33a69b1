"""Plain SVG for the report: a few pictures made of numbers, with colours that the page names."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT = 720, 220
_LEFT, _BOTTOM, _TOP = 44, 30, 26
_GAP = 3


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


def curve(
    points: Sequence[tuple[float, float]],
    band: Sequence[tuple[float, float, float]] = (),
    name: str = "",
    across: str = "",
    diagonal: bool = False,
) -> Markup:
    """A line through points of [0, 1] x [0, 1], with a band (x, low, high) behind it.

    name: of the line, for who cannot see it. across: what the axis from left to right shows.
    diagonal: a line from corner to corner, on which perfect calibration would lie.
    """
    size, room = 300, 250

    def place(x: float, y: float) -> str:
        return f"{_LEFT + x * room:.1f},{_TOP + (1 - y) * room:.1f}"

    pieces = []
    for n in range(0, 11, 5):
        y, x = _TOP + room * (1 - n / 10), _LEFT + room * n / 10
        pieces.append(f'<line class="grid" x1="{_LEFT}" x2="{_LEFT + room}" y1="{y}" y2="{y}"/>')
        pieces.append(_text(_LEFT - 8, y + 4, f"{n / 10:g}", "end"))
        pieces.append(_text(x, _TOP + room + 18, f"{n / 10:g}"))
    if diagonal:
        start, end = place(0, 0), place(1, 1)
        pieces.append(f'<polyline class="mark" points="{start} {end}"/>')
    if band:
        edge = [place(x, high) for x, _, high in band]
        edge += [place(x, low) for x, low, _ in reversed(band)]
        pieces.append(f'<polygon class="band" points="{" ".join(edge)}"/>')
    line = " ".join(place(x, y) for x, y in points)
    pieces.append(f'<polyline class="line" points="{line}"/>')
    pieces += [
        f'<circle class="accent" r="3.5" cx="{at[0]}" cy="{at[1]}"/>'
        for at in (place(x, y).split(",") for x, y in points)
    ]
    pieces.append(_text(_LEFT + room / 2, _TOP + room + 36, across))
    return _svg(pieces, name, _TOP + room + 44, "curve", size + 10)


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

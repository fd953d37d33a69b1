"""An audit of a source: pairs drawn by chance, and drawn again where the evidence has changed."""

from collections.abc import Sequence
from dataclasses import dataclass

from kg_enrich.documents.reading import read_text_hashes
from kg_enrich.errors import SettingsError
from kg_enrich.evidence.said import read_image_hashes
from kg_enrich.graph.connection import Graph
from kg_enrich.identity import forms, named_key
from kg_enrich.measure.audits import (
    NewDraw,
    find_audit,
    keep_draw,
    new_audit_id,
    read_audit,
    read_frames,
)
from kg_enrich.measure.frame import Frame, in_any
from kg_enrich.measure.judged import count_judged, read_scorer, stream_judged
from kg_enrich.measure.sampling import BOUNDS, Draw, Sampler, hashes, pairs_by_stratum, tickets

DEFAULT_SIZE = 300


@dataclass(frozen=True, slots=True)
class Stratum:
    """Pairs of about one score. log_odds: where it begins.

    pairs: that could be drawn. drawn: of these. chance: of each, in [0, 1].
    """

    log_odds: float
    pairs: int
    drawn: int
    chance: float


@dataclass(frozen=True, slots=True)
class Drawn:
    """What a draw came to. pairs: that could be drawn; drawn: of these."""

    audit: str
    source: str
    pairs: int
    drawn: int
    strata: tuple[Stratum, ...]


def draw(
    graph: Graph, source: str, size: int, by: str, seed: str | None = None, again: bool = False
) -> Drawn:
    """Draws about `size` of a source's judged pairs, as an audit of its own.

    seed: with the same one the same pairs are drawn again, as far as there are as many; by
    default it follows from the source's name, so that a larger audit holds what a smaller one
    held, with the answers to it. again: although the source has an audit, which is replaced.
    Errors: SettingsError when nothing is judged, or when there is an audit.
    """
    scorer = _scorer(graph, source)
    if not again and (there := find_audit(graph, source)) is not None:
        raise SettingsError(
            f"Source {source!r} has audit {there.id} of {len(there.pairs)} pairs: go on with "
            "`kg-enrich audit next`, add new evidence with `audit extend`, or begin another with "
            "`audit draw --again`; answers are kept."
        )
    seed = named_key("audit", source)[:16] if seed is None else seed
    audit = new_audit_id()
    return _draw(graph, audit, source, seed, by, size, scorer, (), 0, 0)


def extend(graph: Graph, source: str, size: int, by: str) -> Drawn:
    """Draws what lies outside the audit: pairs that are new or were judged again since.

    They are strata of their own, and count once they are all answered.
    Errors: SettingsError when there is no audit.
    """
    scorer = _scorer(graph, source)
    audit = read_audit(graph, source)
    return _draw(
        graph,
        audit.id,
        source,
        audit.seed,
        by,
        size,
        scorer,
        read_frames(graph, audit.id),
        len(audit.designs),
        len(audit.pairs),
    )


def _draw(
    graph: Graph,
    audit: str,
    source: str,
    seed: str,
    by: str,
    size: int,
    scorer: str,
    frames: Sequence[Frame],
    number: int,
    position: int,
) -> Drawn:
    sampler = Sampler(size)
    frame = Frame.of_size(count_judged(graph, source))
    for pairs in stream_judged(graph, source):
        found = hashes(seed, [(one.document, one.image, one.fingerprint) for one in pairs])
        outside = ~in_any(frames, found)
        frame.add(found[outside])
        several = [one for one, out in zip(pairs, outside, strict=True) if out]
        sampler.add(several, tickets(found[outside]))
    drawn = sampler.draw()
    if drawn.picked:
        documents = dict.fromkeys(one.pair.document for one in drawn.picked)
        ids = [form for document in documents for form in forms(document)]
        texts = read_text_hashes(graph.read, graph.names, ids)
        images = read_image_hashes(graph.read, {one.pair.image for one in drawn.picked})
        new = NewDraw(number, position, size, scorer, drawn, frame, texts, images)
        keep_draw(graph, audit, source, seed, by, new)
    elif number == 0:
        raise SettingsError(f"Source {source!r} has no scored pairs: `kg-enrich run` judges some.")
    return Drawn(audit, source, sum(drawn.cells), len(drawn.picked), _strata(drawn))


def _scorer(graph: Graph, source: str) -> str:
    scorer = read_scorer(graph, source)
    if scorer is None:
        raise SettingsError(f"Nothing is judged for source {source!r} yet: `kg-enrich run` does.")
    return scorer


def _strata(draw: Draw) -> tuple[Stratum, ...]:
    pairs = pairs_by_stratum(draw.cells)
    return tuple(
        Stratum(bound, int(pairs[n]), sum(one.stratum == n for one in draw.picked), draw.chances[n])
        for n, bound in enumerate(BOUNDS)
    )

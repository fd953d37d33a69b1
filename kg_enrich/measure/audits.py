"""Audits as the graph keeps them: what was drawn, from what, and with what chance."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import uuid4

from kg_enrich.errors import SettingsError
from kg_enrich.graph.connection import Graph, Row, Transaction
from kg_enrich.graph.queries import query
from kg_enrich.identity import named_key
from kg_enrich.measure.frame import Frame
from kg_enrich.measure.sampled import Design
from kg_enrich.measure.sampling import Draw, Judged
from kg_enrich.models import DocumentId, ImageId

READ_AUDIT = query("read_audit")
READ_DRAWS = query("read_draws")
READ_FRAMES = query("read_frames")
READ_AUDITED_PAIRS = query("read_audited_pairs")
WRITE_AUDIT = query("write_audit")
WRITE_DRAW = query("write_draw")
WRITE_AUDITED_PAIRS = query("write_audited_pairs")


@dataclass(frozen=True, slots=True)
class AuditedPair:
    """A pair that was drawn. position: in the order in which pairs are asked, from 0.

    text_hash, image_hash: of the contents at the draw, None where they were not known.
    """

    key: str
    draw: int
    position: int
    pair: Judged
    stratum: int
    chance: float
    ticket: float
    text_hash: str | None
    image_hash: str | None


@dataclass(frozen=True, slots=True)
class Audit:
    """A source's audit with all that was drawn for it.

    scorers: fingerprints of the scorers whose judgements were drawn, by draw.
    """

    id: str
    source: str
    seed: str
    by: str
    at: str
    designs: tuple[Design, ...]
    scorers: tuple[str, ...]
    pairs: tuple[AuditedPair, ...]


def find_audit(graph: Graph, source: str) -> Audit | None:
    """A source's latest audit, None where there is none."""
    rows = graph.read(READ_AUDIT, source=source)
    if not rows:
        return None
    found = rows[0]
    draws = graph.read(READ_DRAWS, audit=found["id"])
    pairs = graph.read(READ_AUDITED_PAIRS, audit=found["id"])
    return Audit(
        found["id"],
        source,
        found["seed"],
        found["by"],
        found["at"],
        tuple(Design(tuple(row["cells"]), tuple(row["chances"])) for row in draws),
        tuple(row["scorer"] for row in draws),
        tuple(map(_pair, pairs)),
    )


def read_audit(graph: Graph, source: str) -> Audit:
    """A source's latest audit. Errors: SettingsError when there is none."""
    audit = find_audit(graph, source)
    if audit is None:
        raise SettingsError(
            f"Source {source!r} has no audit: `kg-enrich audit draw` draws pairs to answer."
        )
    return audit


def read_frames(graph: Graph, audit: str) -> list[Frame]:
    """What the pairs of an audit could be drawn from, by draw."""
    return [Frame.from_bytes(row["frame"]) for row in graph.read(READ_FRAMES, audit=audit)]


@dataclass(frozen=True, slots=True)
class NewDraw:
    """A draw on its way into the graph. number, position: the next that are free.

    text_hashes, image_hashes: of today's contents, as far as they are known.
    """

    number: int
    position: int
    size: int
    scorer: str
    draw: Draw
    frame: Frame
    text_hashes: Mapping[DocumentId, str]
    image_hashes: Mapping[ImageId, str]


def new_audit_id() -> str:
    return uuid4().hex[:12]


def keep_draw(graph: Graph, audit: str, source: str, seed: str, by: str, new: NewDraw) -> None:
    """Stores a draw, with its audit where that is new, in one step."""
    draw = new.draw
    rows = [_row(audit, new, position) for position in range(len(draw.picked))]

    def work(transaction: Transaction) -> None:
        transaction.run(WRITE_AUDIT, id=audit, source=source, seed=seed, by=by)
        transaction.run(
            WRITE_DRAW,
            key=named_key("draw", audit, str(new.number)),
            properties={
                "audit": audit,
                "number": new.number,
                "size": new.size,
                "scorer": new.scorer,
                "pairs": sum(draw.cells),
                "cells": list(draw.cells),
                "chances": list(draw.chances),
                "frame": new.frame.to_bytes(),
            },
        )
        transaction.run(WRITE_AUDITED_PAIRS, rows=rows)

    graph.write(work)


def _row(audit: str, new: NewDraw, place: int) -> Row:
    picked = new.draw.picked[place]
    pair, position = picked.pair, new.position + place
    return {
        "key": named_key("audited", audit, str(position)),
        "properties": {
            "audit": audit,
            "draw": new.number,
            "position": position,
            "document": pair.document,
            "image": pair.image,
            "stratum": picked.stratum,
            "probability": picked.chance,
            "ticket": picked.ticket,
            "score": pair.score,
            "logOdds": pair.log_odds,
            "fingerprint": pair.fingerprint,
            "textHash": new.text_hashes.get(pair.document),
            "imageHash": new.image_hashes.get(pair.image),
        },
    }


def _pair(row: Row) -> AuditedPair:
    return AuditedPair(
        row["key"],
        row["draw"],
        row["position"],
        Judged(
            DocumentId(row["document"]),
            ImageId(row["image"]),
            row["score"],
            row["logOdds"],
            row["fingerprint"],
        ),
        row["stratum"],
        row["probability"],
        row["ticket"],
        row["textHash"],
        row["imageHash"],
    )

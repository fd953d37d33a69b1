"""The undo's chunks: what is packed comes out again, whoever packed it."""

import json
import zlib
from dataclasses import asdict

import pytest

from kg_enrich.evidence.undo import Before, pack, unpack

FORMER = {"score": 7.5, "reason": "wörtlich", "fingerprint": 2**62, "calibration": None}
EDGE = {"document": "a", "image": "x", "properties": FORMER, "left": True, "score": 8.0}
LEDGER = {"document": "a", "properties": {"images": ["x"], "scores": [7.5]}, "left": True}


@pytest.mark.parametrize(
    "edges",
    [
        {},
        {"k": EDGE},
        {"k": EDGE, "n": {**EDGE, "properties": None}, "m": {**EDGE, "left": False, "score": None}},
        # Edges of people have properties of their own; older chunks say of no edge what was left.
        {"k": EDGE, "n": {**EDGE, "properties": {"mine": 1}}},
        {"k": EDGE, "n": {"document": "a", "image": "y", "properties": FORMER, "left": False}},
    ],
)
def test_a_chunk_comes_out_as_it_went_in(edges: dict[str, object]) -> None:
    before = Before(edges, {"l": LEDGER, "n": {**LEDGER, "properties": None}}, {"h": None})
    assert unpack(pack(before)) == before


def test_a_chunk_of_an_older_release_is_read() -> None:
    before = Before({"k": EDGE}, {"l": LEDGER}, {"h": {"image": "x"}}, {"properties": {}})
    assert unpack(zlib.compress(json.dumps(asdict(before)).encode())) == before

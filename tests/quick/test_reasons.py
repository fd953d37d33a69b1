"""What a model writes is made one sentence; what lacks a reason; how long one stands."""

import pytest

from kg_enrich.evidence.models import LedgerEntry, Reason
from kg_enrich.evidence.reasons import carried, explained, lacks_reason
from kg_enrich.evidence.state import ledger_arrays, ledger_entries
from kg_enrich.models import ImageId
from kg_enrich.scorers.reasons import CUT, sees, sentence

X, Y = ImageId("x"), ImageId("y")


@pytest.mark.parametrize(
    ("words", "kept"),
    [
        ("The photo shows pump P-101 leaking.", "The photo shows pump P-101 leaking."),
        ("It shows a gap of approx. 3 mm. It is wet.", "It shows a gap of approx. 3 mm."),
        ("  Das Bild zeigt\nden Öltank.\n\nMehr.<|im_end|>", "Das Bild zeigt den Öltank."),
        ("图片显示了漏水的水泵。还有更多。", "图片显示了漏水的水泵。"),
        ("<think>hm, what now?</think>The gauge reads 4 bar.", "The gauge reads 4 bar."),
        ("<think>I never come to an end", ""),
        ("Reason: the valve is open.", "the valve is open."),
        ("Yes, the valve is open.", "the valve is open."),
        ('"The valve is open."', "The valve is open."),
        ("The valve \x1b[31mis\u202e open", "The valve [31mis open"),
        ("It shows the valve of the pu" + CUT, "It shows the valve of the" + CUT),
        ("yes", ""),
        ("No.", ""),
        ("9.4", ""),
        ("\ufffd\ufffd", ""),
        ("", ""),
    ],
)
def test_a_sentence(words: str, kept: str) -> None:
    assert sentence(words) == kept
    assert kept.endswith(CUT) or sentence(kept) == kept


def test_a_sentence_is_bounded() -> None:
    assert len(sentence("word " * 300)) <= 240
    assert len(sentence("水" * 1000)) <= 240


@pytest.mark.parametrize(
    ("said", "fit"),
    [
        (["a red lamp", "the Blue lamp", "green, three corners", "a red sign"], True),
        (["a red lamp", "the blue lamp", "green, three corners", None], True),
        (["a red lamp", "the blue lamp", "a sign", "a sign"], False),
        (["yes", "yes", "yes", "yes"], False),
        (["red, blue and green"] * 4, False),
        ([None] * 4, False),
    ],
)
def test_a_model_must_name_what_is_drawn(said: list[str | None], fit: bool) -> None:
    assert sees(said) is fit


def test_what_lacks_a_reason() -> None:
    """One that the scorer gave stands; one of another version does not."""
    found = {
        (reason, version): lacks_reason(LedgerEntry(X, 7.0, 1.0, 1, reason, version), 5)
        for reason, version in [("", 0), ("matches", 0), ("old", 4), ("new", 5), ("", 5)]
    }
    assert [key for key, lacks in found.items() if lacks] == [("", 0), ("old", 4)]


def test_a_reason_goes_with_its_fingerprint_alone() -> None:
    entry = LedgerEntry(X, 7.0, 1.0, 1)
    assert explained(entry, Reason(X, 2, "why", 5, "")) == entry
    with_reason = explained(entry, Reason(X, 1, "why", 5, ""))
    assert with_reason == LedgerEntry(X, 7.0, 1.0, 1, "why", 5)
    assert carried(LedgerEntry(X, 7.1, 1.1, 1), {X: with_reason}).reason == "why"
    assert carried(LedgerEntry(X, 7.1, 1.1, 3), {X: with_reason}).reason == ""


def test_a_ledger_without_versions_is_one_without_reasons_of_models() -> None:
    entries = [LedgerEntry(X, 7.0, 1.0, 1, "matches"), LedgerEntry(Y, None, None, 2)]
    arrays = ledger_arrays(entries)
    assert arrays["reasonVersions"] is None
    del arrays["reasonVersions"]
    assert list(ledger_entries(arrays).values()) == entries
    entries[1] = LedgerEntry(Y, 2.0, -1.0, 2, "why", 5)
    assert ledger_arrays(entries)["reasonVersions"] == [0, 5]
    assert list(ledger_entries(ledger_arrays(entries)).values()) == entries

"""What several people's words on a pair come to."""

import pytest

from kg_enrich.evidence.models import Decision, Word
from kg_enrich.evidence.words import current, standing
from kg_enrich.models import DocumentId, ImageId

ACCEPT, REJECT, UNSURE = Decision.ACCEPT, Decision.REJECT, Decision.UNSURE


def word(
    by: str,
    decision: Decision | None,
    order: int,
    text: str | None = "t1",
    image: str | None = "i1",
    settles: tuple[str, ...] = (),
) -> Word:
    return Word(
        f"{by}{order}", DocumentId("d"), ImageId("i"), decision, by, order,
        text_hash=text, image_hash=image, settles=settles,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("words", "decision", "conflict", "ask_again"),
    [
        ([], None, False, False),
        ([word("lin", ACCEPT, 1)], ACCEPT, False, False),
        ([word("lin", ACCEPT, 1), word("lin", REJECT, 2)], REJECT, False, False),
        ([word("lin", ACCEPT, 1), word("lin", None, 2)], None, False, False),
        ([word("lin", ACCEPT, 1), word("wu", ACCEPT, 2)], ACCEPT, False, False),
        # Two who differ: nothing is published, whoever spoke last.
        ([word("lin", ACCEPT, 1), word("wu", REJECT, 2)], REJECT, True, False),
        ([word("lin", REJECT, 1), word("wu", ACCEPT, 2)], REJECT, True, False),
        # A later word that names the other's settles it.
        ([word("lin", REJECT, 1), word("wu", ACCEPT, 2, settles=("lin1",))], ACCEPT, False, False),
        (
            [word("lin", REJECT, 1), word("wu", ACCEPT, 2, settles=("lin1",)),
             word("lin", REJECT, 3)],
            REJECT, True, False,
        ),
        # Unsure decides nothing and contradicts nobody.
        ([word("lin", UNSURE, 1)], None, False, False),
        ([word("lin", UNSURE, 1), word("wu", ACCEPT, 2)], ACCEPT, False, False),
        # Other contents: a rejection blocks, an acceptance does not override.
        ([word("lin", REJECT, 1, text="t0")], REJECT, False, True),
        ([word("lin", ACCEPT, 1, image="i0")], None, False, True),
        ([word("lin", REJECT, 1, text="t0"), word("wu", UNSURE, 2)], REJECT, False, True),
        # Somebody who saw today's contents has been asked again.
        ([word("lin", REJECT, 1, text="t0"), word("wu", ACCEPT, 2)], ACCEPT, False, False),
        # What is not known cannot contradict.
        ([word("lin", ACCEPT, 1, text=None, image=None)], ACCEPT, False, False),
    ],
)  # fmt: skip
def test_what_is_in_force(
    words: list[Word], decision: Decision | None, conflict: bool, ask_again: bool
) -> None:
    for several in (words, words[::-1]):
        now = standing(several, "t1", "i1")
        assert (now.decision, now.conflict, now.to_ask_again) == (decision, conflict, ask_again)


def test_a_hash_that_cannot_be_known_now_contradicts_nothing() -> None:
    assert standing([word("lin", ACCEPT, 1)], "t1", None).decision is ACCEPT
    assert standing([word("lin", ACCEPT, 1)], None, None).decision is ACCEPT


def test_the_latest_comes_first() -> None:
    said = [word("lin", ACCEPT, 3), word("wu", ACCEPT, 5), word("he", UNSURE, 4)]
    assert [one.by for one in current(said)] == ["wu", "he", "lin"]

"""Which documents have a place for an image, counted without a graph."""

import pytest

from kg_enrich.evidence.models import Decision, DocumentState, LedgerEntry, Policy
from kg_enrich.evidence.places import Places
from kg_enrich.evidence.policy import decide, policy_version, qualifying
from kg_enrich.models import ImageId

A, B, COPY = ImageId("a"), ImageId("b"), ImageId("copy")


def state(
    scores: dict[ImageId, float], said: dict[ImageId, Decision] | None = None
) -> DocumentState:
    entries = {i: LedgerEntry(i, score, score - 5.0, 1) for i, score in scores.items()}
    return DocumentState(entries, {}, said or {}, contents={A: "same", COPY: "same"})


def bars(policy: Policy, *states: DocumentState) -> dict[str, float]:
    places = Places(policy)
    for one in states:
        places.see(one, qualifying(one, policy, set(one.entries)))
    return places.bars()


def published(policy: Policy, *states: DocumentState) -> list[list[str]]:
    there = bars(policy, *states)
    return [
        [edge.image for edge in decide(one, policy, set(one.entries), (), there).publish]
        for one in states
    ]


@pytest.mark.parametrize(
    ("places", "documents"), [(1, [["a"], [], []]), (2, [["a"], ["a"], []]), (3, [["a"]] * 3)]
)
def test_the_best_documents_get_an_image(places: int, documents: list[list[str]]) -> None:
    three = [state({A: score}) for score in (9.0, 8.0, 7.0)]
    assert published(Policy(image_top_k=places), *three) == documents
    assert published(Policy(image_top_k=places), *reversed(three)) == documents[::-1]


def test_ties_copies_and_words() -> None:
    one = Policy(image_top_k=1)
    assert published(one, state({A: 8.0}), state({A: 8.0})) == [["a"], ["a"]]
    # A copy in the same document shares its place; in another one it is the same picture.
    assert published(one, state({A: 8.0, COPY: 8.0})) == [["a", "copy"]]
    assert published(one, state({A: 8.0}), state({COPY: 7.0})) == [["a"], []]
    accepted, rejected = {A: Decision.ACCEPT}, {A: Decision.REJECT}
    assert published(one, state({A: 8.0}), state({A: 7.0}, accepted)) == [["a"], ["a"]]
    assert published(one, state({A: 8.0}, rejected), state({A: 7.0})) == [[], ["a"]]
    # Scores below the minimum take no place, and without the policy there are none to take.
    assert bars(one, state({A: 4.0}), state({A: 3.0})) == {}
    assert bars(Policy(), state({A: 8.0}), state({A: 7.0})) == {}


def test_the_next_best_comes_in_for_an_image_without_a_place() -> None:
    policy = Policy(top_k=1, image_top_k=1)
    assert published(policy, state({A: 9.0}), state({A: 8.0, B: 7.0})) == [["a"], ["b"]]
    assert policy_version(policy) != policy_version(Policy(top_k=1))

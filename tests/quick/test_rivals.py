"""Images whose best documents are close to each other, counted without a graph."""

from kg_enrich.evidence.models import Decision, DocumentState, LedgerEntry, Policy
from kg_enrich.evidence.policy import policy_version, qualifying
from kg_enrich.evidence.rivals import Rivals
from kg_enrich.models import ImageId

A, B, COPY = ImageId("a"), ImageId("b"), ImageId("copy")


def state(odds: dict[ImageId, float], said: dict[ImageId, Decision] | None = None) -> DocumentState:
    entries = {i: LedgerEntry(i, 5.0 + z, z, 1) for i, z in odds.items()}
    return DocumentState(entries, {}, said or {}, contents={A: "same", COPY: "same"})


def unclear(policy: Policy, *states: DocumentState) -> dict[ImageId, int]:
    rivals = Rivals(policy)
    for one in states:
        present = set(one.entries)
        rivals.see(one, present, qualifying(one, policy, present))
    return rivals.unclear()


def test_an_image_is_unclear_where_its_next_document_is_close() -> None:
    policy = Policy(min_image_lead=1.0)
    assert unclear(policy, state({A: 3.0}), state({A: 1.5, B: 2.0})) == {}
    assert unclear(policy, state({A: 3.0}), state({A: 2.5, B: 2.0})) == {A: 2}
    # A document that the image does not qualify for is close all the same.
    assert unclear(policy, state({A: 0.2}), state({A: -0.2})) == {A: 1}
    # In whatever order they come.
    assert unclear(policy, state({A: 1.0}), state({A: 3.0}), state({A: 2.8})) == {A: 3}
    assert unclear(Policy(), state({A: 3.0}), state({A: 3.0})) == {}


def test_what_people_said_and_copies() -> None:
    policy = Policy(min_image_lead=1.0)
    near = state({A: 2.5})
    assert unclear(policy, state({A: 3.0}), state({A: 2.5}, {A: Decision.REJECT})) == {}
    assert unclear(policy, state({A: 3.0}, {A: Decision.ACCEPT}), near) == {A: 2}
    both = (state({A: 3.0}, {A: Decision.ACCEPT}), state({A: 2.5}, {A: Decision.ACCEPT}))
    assert unclear(policy, *both) == {}
    # A copy in the same document is no rival; in another one it is the same picture.
    assert unclear(policy, state({A: 3.0, COPY: 3.0})) == {}
    assert unclear(policy, state({A: 3.0}), state({COPY: 2.5})) == {A: 2, COPY: 2}


def test_two_leads_are_two_policies() -> None:
    assert policy_version(Policy(min_lead=1.0)) != policy_version(Policy(min_image_lead=1.0))

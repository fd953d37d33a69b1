"""What becomes of a document's evidence: the whole table for one image, and what always holds."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kg_enrich.evidence.models import Decision, DocumentState, Evidence, LedgerEntry, Policy
from kg_enrich.evidence.policy import EdgeChanges, decide, qualifying
from kg_enrich.models import ImageId

IMAGE, OTHERS = ImageId("m"), (ImageId("a"), ImageId("z"))
MINIMUM = 5.0
FINGERPRINT = 11


@dataclass(frozen=True)
class Case:
    """One row of the table. score: 'none' is no entry at all. edge: against the ledger's score."""

    review: Decision | None
    score: str
    within_top_k: bool
    image_held: bool
    document_held: bool
    edge: str
    present: bool


def table() -> Iterator[Case]:
    both = (True, False)
    scores = ("none", "abstained", "below", "equal", "above")
    edges = ("none", "same", "lower", "higher", "other fingerprint")
    reviews = (None, Decision.ACCEPT, Decision.REJECT)
    for row in product(reviews, scores, both, both, both, edges, both):
        yield Case(*row)


@dataclass(frozen=True)
class Situation:
    """What `decide` is asked about."""

    state: DocumentState
    present: frozenset[ImageId]
    held: frozenset[ImageId] = frozenset()

    def decide(self, policy: Policy) -> EdgeChanges:
        return decide(self.state, policy, self.present, self.held)

    def after(self, changes: EdgeChanges) -> "Situation":
        gone = {one.image for one in changes.withdraw}
        kept = {image: one for image, one in self.state.evidence.items() if image not in gone}
        evidence = kept | {one.image: one for one in changes.publish}
        return replace(self, state=replace(self.state, evidence=evidence))


def situation_of(case: Case) -> tuple[Situation, Policy]:
    """The case's image beside two better ones that need nothing done, or are held themselves."""
    score = {"below": 4.9, "equal": MINIMUM, "above": 7.0}.get(case.score)
    entries = {image: entry(image, 10.0, 99.0) for image in OTHERS}
    if case.score != "none":
        entries[IMAGE] = entry(IMAGE, score, score)
    evidence = {} if case.document_held else {image: edge(entries[image]) for image in OTHERS}
    there = edge(entry(IMAGE, 6.0 if score is None else score, None))
    if case.edge != "none":
        evidence[IMAGE] = {
            "same": there,
            "lower": replace(there, score=there.score - 0.5),
            "higher": replace(there, score=there.score + 0.5),
            "other fingerprint": replace(there, fingerprint=FINGERPRINT + 1),
        }[case.edge]
    situation = Situation(
        DocumentState(entries, evidence, {IMAGE: case.review} if case.review else {}),
        frozenset((*OTHERS, *((IMAGE,) if case.present else ()))),
        frozenset((IMAGE,) if case.image_held else ()),
    )
    policy = Policy(
        MINIMUM,
        top_k=3 if case.within_top_k else 2,
        max_images=1 if case.document_held else 100,
    )
    return situation, policy


def expected(case: Case) -> str:
    """The rule in words, apart from the code: what happens to the image's edge."""
    scored = case.score in ("below", "equal", "above")
    qualifies = case.score in ("equal", "above") and case.within_top_k
    if case.review is Decision.ACCEPT:
        stays, published = True, scored
    else:
        stays = False
        published = qualifies and not (
            case.review is Decision.REJECT or case.image_held or case.document_held
        )
    if published and case.present:
        return {
            "none": "add",
            "same": "",
            "lower": "raised",
            "higher": "lowered",
            "other fingerprint": "renewed",
        }[case.edge]
    return "withdraw" if case.edge != "none" and not stays else ""


def expected_held(case: Case) -> bool:
    """Whether the image would have evidence, were it or its document no hub."""
    qualifies = case.score in ("equal", "above") and case.within_top_k and case.present
    return qualifies and case.review is None and (case.image_held or case.document_held)


def entry(image: ImageId, score: float | None, log_odds: float | None) -> LedgerEntry:
    return LedgerEntry(image, score, log_odds, FINGERPRINT, "why")


def edge(entry: LedgerEntry) -> Evidence:
    assert entry.score is not None
    return Evidence(entry.image, entry.score, entry.fingerprint, entry.reason)


def test_the_whole_table() -> None:
    cases = list(table())
    assert len(cases) == 1200
    for case in cases:
        situation, policy = situation_of(case)
        changes = situation.decide(policy)
        found = [
            name
            for name in ("add", "raised", "lowered", "renewed", "withdraw")
            if any(one.image == IMAGE for one in getattr(changes, name))
        ]
        assert found == [expected(case)] if expected(case) else found == [], case
        assert not {one.image for one in changes.publish + changes.withdraw} & {*OTHERS}, case
        assert (IMAGE in changes.held) == expected_held(case), case


# How long an example takes says nothing on a machine that does other things as well.
anytime = settings(deadline=None)

scores = st.sampled_from([0.0, 4.9, 5.0, 5.1, 9.0, 10.0])
images = st.sampled_from([ImageId(name) for name in "abcdefg"])
fingerprints = st.integers(0, 2)


def _by_image(
    what: st.SearchStrategy[tuple[ImageId, float | None, int]],
) -> st.SearchStrategy[dict[ImageId, tuple[ImageId, float | None, int]]]:
    return st.lists(what, unique_by=lambda one: one[0], max_size=7).map(
        lambda several: {one[0]: one for one in several}
    )


@st.composite
def situations(draw: st.DrawFn) -> Situation:
    entries = draw(_by_image(st.tuples(images, st.none() | scores, fingerprints)))
    edges = draw(_by_image(st.tuples(images, scores, fingerprints)))
    reviews = draw(st.dictionaries(images, st.sampled_from((Decision.ACCEPT, Decision.REJECT))))
    # Log-odds tie more often than not, so that the order by id is at work too.
    state = DocumentState(
        {i: LedgerEntry(i, s, None if s is None else s // 5, f) for i, s, f in entries.values()},
        {i: Evidence(i, s or 0.0, f) for i, s, f in edges.values()},
        reviews,
    )
    return Situation(state, draw(st.frozensets(images)), draw(st.frozensets(images, max_size=2)))


policies = st.builds(Policy, scores, st.none() | st.integers(1, 4), max_images=st.integers(1, 8))


@anytime
@given(situations(), policies)
def test_applied_changes_leave_nothing_to_change(situation: Situation, policy: Policy) -> None:
    changes = situation.decide(policy)
    again = situation.after(changes).decide(policy)
    assert not again
    assert again.held == changes.held


@anytime
@given(situations(), policies)
def test_a_persons_word_wins(situation: Situation, policy: Policy) -> None:
    after = situation.after(situation.decide(policy)).state.evidence
    for image, word in situation.state.reviews.items():
        scored = (
            image in situation.state.entries and situation.state.entries[image].score is not None
        )
        if word is Decision.REJECT:
            assert image not in after
        elif image in situation.state.evidence or (scored and image in situation.present):
            assert image in after


@anytime
@given(situations(), policies)
def test_what_is_published_says_what_the_ledger_says(situation: Situation, policy: Policy) -> None:
    after = situation.after(situation.decide(policy)).state.evidence
    for image, one in after.items():
        if (
            situation.state.reviews.get(image) is Decision.ACCEPT
            and image not in situation.state.entries
        ):
            continue
        judged = situation.state.entries[image]
        if judged.score is not None and image in situation.present:
            assert (one.score, one.fingerprint) == (judged.score, judged.fingerprint)


@anytime
@given(situations(), policies)
def test_only_the_best_that_reach_the_minimum(situation: Situation, policy: Policy) -> None:
    after = situation.after(situation.decide(policy)).state.evidence
    free = {image for image in after if situation.state.reviews.get(image) is not Decision.ACCEPT}
    assert free <= situation.present - situation.held
    assert all(after[image].score >= policy.min_score for image in free)
    assert len(free) <= (policy.top_k or len(free))
    assert len(free) <= policy.max_images
    best = qualifying(situation.state, policy, situation.present, situation.held)
    if len(best) <= policy.max_images:
        assert {one.image for one in best} <= after.keys()
    else:
        assert not free


@anytime
@given(situations(), policies)
def test_a_held_image_takes_no_place_in_top_k(situation: Situation, policy: Policy) -> None:
    """Of documents without words: a place is free only when nothing is left to take it."""
    situation = replace(situation, state=replace(situation.state, reviews={}))
    good = {
        image: one
        for image, one in situation.state.entries.items()
        if image in situation.present and one.score is not None and one.score >= policy.min_score
    }
    free = good.keys() - situation.held
    places = min(policy.top_k or len(free), len(free))
    changes = situation.decide(policy)
    published = situation.after(changes).state.evidence.keys()
    assert len(published) == (places if places <= policy.max_images else 0)
    assert changes.crowd == (places if places > policy.max_images else 0)
    held = {*changes.held} & situation.held
    assert held <= good.keys()
    for image in held:
        alone = replace(situation, held=situation.held - {image}).decide(policy)
        assert alone.crowd or image in situation.after(alone).state.evidence
    if policy.top_k is None:
        assert held == good.keys() & situation.held


@anytime
@given(situations(), policies)
def test_changes_name_each_image_once_and_rightly(situation: Situation, policy: Policy) -> None:
    changes = situation.decide(policy)
    named = [one.image for one in changes.publish + changes.withdraw]
    assert len(named) == len(set(named))
    there = situation.state.evidence
    assert all(one.image not in there for one in changes.add)
    assert all(one.score > there[one.image].score for one in changes.raised)
    assert all(one.score < there[one.image].score for one in changes.lowered)
    assert all(one.score == there[one.image].score for one in changes.renewed)
    assert all(there[one.image] is one for one in changes.withdraw)
    assert not {*changes.held} & situation.after(changes).state.evidence.keys()


def test_the_next_best_takes_the_place_of_a_held_image() -> None:
    entries = {i: entry(i, 10.0, odds) for i, odds in ((OTHERS[0], 3.0), (IMAGE, 2.0))}
    entries[OTHERS[1]] = entry(OTHERS[1], 9.0, 1.0)
    held = frozenset((OTHERS[0],))
    changes = Situation(DocumentState(entries, {}, {}), frozenset(entries), held).decide(
        Policy(top_k=1)
    )
    assert [one.image for one in changes.add] == [IMAGE]
    assert changes.held == (OTHERS[0],)


def test_an_accepted_image_is_never_held_and_keeps_its_place() -> None:
    entries = {i: entry(i, 10.0, odds) for i, odds in ((OTHERS[0], 3.0), (IMAGE, 2.0))}
    state = DocumentState(entries, {}, {OTHERS[0]: Decision.ACCEPT})
    changes = Situation(state, frozenset(entries), frozenset((OTHERS[0],))).decide(Policy(top_k=1))
    assert [one.image for one in changes.add] == [OTHERS[0]]
    assert changes.held == ()


def test_copies_take_one_place() -> None:
    scores = {"a": 3.0, "m": 2.0, "n": 2.0, "y": 1.5, "z": 1.0}
    entries = {ImageId(i): entry(ImageId(i), 10.0, odds) for i, odds in scores.items()}
    # y is a copy of a, and m and n are copies of each other.
    contents = {ImageId(i): content for i, content in zip("amny", "pqqp", strict=True)}
    state = DocumentState(entries, {}, {}, contents=contents)

    def published(policy: Policy, **changed: Any) -> str:
        situation = Situation(replace(state, **changed), frozenset(entries))
        return "".join(edge.image for edge in situation.decide(policy).add)

    assert published(Policy(top_k=1)) == "ay"
    assert published(Policy(top_k=2)) == "amny"
    assert published(Policy(top_k=3)) == "amnyz"
    # Nor do they crowd a document.
    assert published(Policy(max_images=3)) == "amnyz"
    assert published(Policy(max_images=2)) == ""
    # A rejected copy takes no place, and gives the other no better one.
    assert published(Policy(top_k=1), reviews={ImageId("a"): Decision.REJECT}) == "mn"


def test_ties_go_by_id() -> None:
    tied = {image: entry(image, 10.0, 99.0) for image in (OTHERS[1], IMAGE, OTHERS[0])}
    situation = Situation(DocumentState(tied, {}, {}), frozenset(tied))
    assert [one.image for one in situation.decide(Policy(top_k=2)).add] == [OTHERS[0], IMAGE]


@anytime
@given(situations(), policies)
def test_the_order_of_things_changes_nothing(situation: Situation, policy: Policy) -> None:
    turned = replace(
        situation.state,
        entries=dict(reversed([*situation.state.entries.items()])),
        evidence=dict(reversed([*situation.state.evidence.items()])),
        reviews=dict(reversed([*situation.state.reviews.items()])),
    )
    assert replace(situation, state=turned).decide(policy) == situation.decide(policy)


@pytest.mark.parametrize(
    ("log_odds", "top_k", "published"),
    [
        ((4.0, 1.0, -2.0), None, 2),
        ((4.0, 3.9, 0.5), None, 3),  # the third leads nothing but what is no candidate
        ((4.0, 3.9, 0.5, 0.4, -0.1), None, 2),
        ((4.0, 3.9, -3.0), None, 2),
        ((4.0, 3.9, -3.0), 1, 0),  # of two that nobody can tell apart neither is taken
        ((1.0, 0.8, 0.6, 0.3), None, 4),
        ((1.0, 0.8, 0.3, -0.2), None, 0),
        ((), None, 0),
    ],
)
def test_what_is_published_leads_clearly(
    log_odds: tuple[float, ...], top_k: int | None, published: int
) -> None:
    images = [ImageId(str(number)) for number in range(len(log_odds))]
    entries = {
        image: entry(image, 5.0 + odds, odds) for image, odds in zip(images, log_odds, strict=True)
    }
    state = DocumentState(entries, {}, {})
    policy = Policy(top_k=top_k, min_lead=1.0)
    changes = decide(state, policy, frozenset(images))
    assert [one.image for one in changes.add] == images[:published]
    without = decide(state, replace(policy, min_lead=None), frozenset(images))
    assert {*changes.trailing} == {one.image for one in without.add} - {*images[:published]}
    # What a person rejected, and what is held as a hub, is nothing to lead.
    if len(images) > 1:
        rejected = replace(state, reviews={image: Decision.REJECT for image in images[1:]})
        assert len(decide(rejected, policy, frozenset(images)).add) == 1
        assert len(decide(state, policy, frozenset(images), images[1:]).add) == 1
    accepted = replace(state, reviews=dict.fromkeys(images, Decision.ACCEPT))
    assert len(decide(accepted, policy, frozenset(images)).add) == len(images)

"""One pair after the other, shown to a person without its score; and what they answer."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from kg_enrich.documents.reading import read_documents
from kg_enrich.errors import NotNowError, NotThereError
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.policy import calibrated
from kg_enrich.evidence.reviews import Saying, review
from kg_enrich.evidence.sources import read_policy
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.identity import forms, ledger_key
from kg_enrich.images.catalogue import Catalogue
from kg_enrich.images.hashes import ImageHashes
from kg_enrich.measure.answering import WAY, Asked, read_asked
from kg_enrich.measure.audits import Audit, read_audit
from kg_enrich.models import Scope

READ_JUDGED_REASON = query("read_judged_reason")

# How the scorer that reads words says which it matched.
_MATCHES = "matches: "


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """A pair to be answered, with nothing that betrays its score or what others said.

    key: for the answer. number, of: which one it is of how many. words: of the image that stand
    in the text, to be marked; empty where the scorer names none. file: None where it cannot be
    read, for which `problem` is the reason.
    """

    key: str
    audit: str
    source: str
    number: int
    of: int
    open: int
    document: str
    title: str
    text: str
    image: str
    file: Path | None
    problem: str
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AuditAnswer:
    """What an answer came to, and what was hidden before it.

    score: float in [0, 10], as the source publishes it. others: what other people answered.
    """

    key: str
    document: str
    image: str
    decision: Decision | None
    score: float
    reason: str
    others: dict[str, Decision]
    conflict: bool
    published: int
    withdrawn: int


def next_question(
    graph: Graph,
    source: str,
    by: str,
    roots: Sequence[Path],
    image_hashes: ImageHashes | None = None,
    *,
    passed_over: Collection[str] = (),
    second: bool = False,
) -> AuditQuestion | None:
    """The first pair that nobody answered; None when there is none.

    by: who is asked. passed_over: keys that they skipped. second: the first pair that others
    answered and this person did not, for agreement. A pair whose picture is no longer the one
    that was drawn is left out.
    Errors: SettingsError when there is no audit.
    """
    audit = read_audit(graph, source)
    asked = [one for one in read_asked(graph, audit, audit.pairs) if one.live]
    open_ = [one for one in asked if _is_open(one, by, second)]
    catalogue = Catalogue(graph, roots, image_hashes)
    for one in open_:
        if one.drawn.key in passed_over:
            continue
        question = _question(graph, catalogue, audit, one, len(asked), len(open_))
        if question is not None:
            return question
    return None


def read_question(
    graph: Graph,
    source: str,
    key: str,
    roots: Sequence[Path],
    image_hashes: ImageHashes | None = None,
) -> AuditQuestion:
    """One pair once more, whoever answered it. Errors: NotThereError, NotNowError."""
    audit = read_audit(graph, source)
    asked = read_asked(graph, audit, audit.pairs)
    one = _find(graph, audit, key)
    many = sum(other.live for other in asked)
    open_ = sum(other.live and not other.answers for other in asked)
    question = _question(graph, Catalogue(graph, roots, image_hashes), audit, one, many, open_)
    if question is None:
        raise NotNowError(f"Pair {key} of audit {audit.id} changed since it was drawn.")
    return question


def answer(
    graph: Graph,
    source: str,
    key: str,
    decision: Decision | None,
    by: str,
    *,
    reasons: Sequence[str] = (),
    note: str = "",
) -> AuditAnswer:
    """Records what a person says of a drawn pair; evidence follows as it does of every word.

    decision: None takes this person's answer back.
    Errors: SettingsError when there is no audit; NotThereError when the pair is none of it;
    NotNowError when its text, image or judgement are no longer those that were drawn.
    """
    audit = read_audit(graph, source)
    one = _find(graph, audit, key)
    if not one.live:
        raise NotNowError(
            f"Image {one.drawn.pair.image} for document {one.drawn.pair.document} changed, or was "
            "judged again, since it was drawn: `kg-enrich audit extend` draws what is new."
        )
    pair = one.drawn.pair
    saying = Saying(decision, by, tuple(reasons), note, way=WAY, blind=True, batch=audit.id)
    done = review(graph, pair.document, pair.image, saying)
    policy = read_policy(graph.read, source)
    score = pair.score
    if policy.calibration is not None:
        score = calibrated(pair.log_odds, policy.slope, policy.intercept)
    others = {person: said for person, said in one.answers.items() if person != by}
    return AuditAnswer(
        key,
        pair.document,
        pair.image,
        decision,
        score,
        _reason(graph, source, one),
        others,
        done.conflict,
        done.published,
        done.withdrawn,
    )


def _is_open(one: Asked, by: str, second: bool) -> bool:
    return bool(one.answers) and by not in one.answers if second else not one.answers


def _find(graph: Graph, audit: Audit, key: str) -> Asked:
    for one in read_asked(graph, audit, [pair for pair in audit.pairs if pair.key == key]):
        return one
    raise NotThereError(f"Audit {audit.id} of source {audit.source!r} has no pair {key}.")


def _question(
    graph: Graph, catalogue: Catalogue, audit: Audit, one: Asked, many: int, open_: int
) -> AuditQuestion | None:
    pair = one.drawn.pair
    found, _ = read_documents(graph, forms(pair.document), Scope())
    listed = catalogue.look_up([pair.image]).get(pair.image)
    if not found or listed is None:
        return None
    drawn, content = one.drawn.image_hash, listed.content
    # The graph learns of another picture in the next run; the person would see it now.
    if drawn is not None and content is not None and drawn != content:
        return None
    document, _ = found[0]
    reason = _reason(graph, audit.source, one)
    matched = reason.removeprefix(_MATCHES) if reason.startswith(_MATCHES) else ""
    return AuditQuestion(
        one.drawn.key,
        audit.id,
        audit.source,
        one.drawn.position + 1,
        many,
        open_,
        pair.document,
        document.title,
        document.text,
        pair.image,
        listed.image.file if listed.image else None,
        listed.problem,
        tuple(word for word in matched.split(", ") if word),
    )


def _reason(graph: Graph, source: str, one: Asked) -> str:
    rows = graph.read(
        READ_JUDGED_REASON,
        key=ledger_key(one.drawn.pair.document, source),
        image=one.drawn.pair.image,
    )
    return str(rows[0]["reason"]) if rows else ""

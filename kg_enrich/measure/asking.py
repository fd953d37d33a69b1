"""One pair after the other, shown to a person without its score; and what they answer."""

from collections.abc import Collection, Iterator, Mapping, Sequence
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
from kg_enrich.measure.answering import WAY, read_answers, read_live
from kg_enrich.measure.audits import Audit, AuditedPair, read_audit
from kg_enrich.models import Scope

READ_JUDGED_REASON = query("read_judged_reason")

# How the scorer that reads words says which it matched.
_MATCHES = "matches: "


@dataclass(frozen=True, slots=True)
class AuditQuestion:
    """A pair to be answered, with nothing that betrays its score or what others said.

    key: for the answer. number, of: which one it is of all that were drawn. open: how many of
    these wait for an answer (for this person's, where second opinions are asked for); pairs that
    changed since the draw are among them. words: of the image that stand in the text, to be marked;
    empty where the scorer names none. file: None where it cannot be read, for which `problem` is
    the reason.
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
    answered and this person did not, for agreement. A pair that changed since it was drawn is left
    out. Answers are read of all pairs; whether a pair changed is looked at for those alone that
    may come next, because that costs their texts and ledgers.
    Errors: SettingsError when there is no audit.
    """
    audit = read_audit(graph, source)
    answers = read_answers(graph, audit.pairs)
    open_ = [one for one in audit.pairs if _is_open(answers[one.key], by, second)]
    catalogue = Catalogue(graph, roots, image_hashes)
    for several in _growing([one for one in open_ if one.key not in passed_over]):
        live = read_live(graph, audit, several)
        for one in several:
            if one.key not in live:
                continue
            question = _question(graph, catalogue, audit, one, len(open_))
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
    one = _find(audit, key)
    open_ = sum(not answers for answers in read_answers(graph, audit.pairs).values())
    question = _question(graph, Catalogue(graph, roots, image_hashes), audit, one, open_)
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
    one = _find(audit, key)
    pair = one.pair
    if not read_live(graph, audit, [one]):
        raise NotNowError(
            f"Image {pair.image} for document {pair.document} changed, or was judged again, since "
            "it was drawn: `kg-enrich audit extend` draws what is new."
        )
    answers = read_answers(graph, [one])[key]
    saying = Saying(decision, by, tuple(reasons), note, way=WAY, blind=True, batch=audit.id)
    done = review(graph, pair.document, pair.image, saying)
    policy = read_policy(graph.read, source)
    score = pair.score
    if policy.calibration is not None:
        score = calibrated(pair.log_odds, policy.slope, policy.intercept)
    others = {person: said for person, said in answers.items() if person != by}
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


def _is_open(answers: Mapping[str, Decision], by: str, second: bool) -> bool:
    return bool(answers) and by not in answers if second else not answers


def _growing(pairs: Sequence[AuditedPair]) -> Iterator[Sequence[AuditedPair]]:
    """The pairs in their order, few at first: most often the first one will do."""
    begin, many = 0, 4
    while begin < len(pairs):
        yield pairs[begin : begin + many]
        begin, many = begin + many, many * 2


def _find(audit: Audit, key: str) -> AuditedPair:
    for one in audit.pairs:
        if one.key == key:
            return one
    raise NotThereError(f"Audit {audit.id} of source {audit.source!r} has no pair {key}.")


def _question(
    graph: Graph, catalogue: Catalogue, audit: Audit, one: AuditedPair, open_: int
) -> AuditQuestion | None:
    pair = one.pair
    found, _ = read_documents(graph, forms(pair.document), Scope())
    listed = catalogue.look_up([pair.image]).get(pair.image)
    if not found or listed is None:
        return None
    content = listed.content
    # The graph learns of another picture in the next run; the person would see it now.
    if one.image_hash is not None and content is not None and one.image_hash != content:
        return None
    document, _ = found[0]
    reason = _reason(graph, audit.source, one)
    matched = reason.removeprefix(_MATCHES) if reason.startswith(_MATCHES) else ""
    return AuditQuestion(
        one.key,
        audit.id,
        audit.source,
        one.position + 1,
        len(audit.pairs),
        open_,
        pair.document,
        document.title,
        document.text,
        pair.image,
        listed.image.file if listed.image else None,
        listed.problem,
        tuple(word for word in matched.split(", ") if word),
    )


def _reason(graph: Graph, source: str, one: AuditedPair) -> str:
    rows = graph.read(
        READ_JUDGED_REASON, key=ledger_key(one.pair.document, source), image=one.pair.image
    )
    return str(rows[0]["reason"]) if rows else ""

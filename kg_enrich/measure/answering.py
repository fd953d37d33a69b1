"""The answers to an audit: people's blind words on the contents that were drawn."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from kg_enrich.documents.reading import read_text_hashes
from kg_enrich.evidence.models import Decision, Word
from kg_enrich.evidence.said import read_image_hashes, read_words
from kg_enrich.evidence.words import current
from kg_enrich.graph.connection import Graph
from kg_enrich.identity import forms
from kg_enrich.measure.audits import Audit, AuditedPair
from kg_enrich.measure.judged import read_judged
from kg_enrich.measure.sampled import Answers, Sampled
from kg_enrich.measure.sampling import cells_of
from kg_enrich.models import DocumentId, ImageId

# How a word says that it answers an audit.
WAY = "audit"


@dataclass(frozen=True, slots=True)
class Asked:
    """A drawn pair with what people answered, by person.

    live: text, image and judgement are those that were drawn. One that is not stands for nothing
    any more and is not asked.
    """

    drawn: AuditedPair
    answers: Mapping[str, Decision]
    live: bool

    @property
    def right(self) -> float | None:
        """1.0 accepted by all, 0.0 rejected by all, 0.5 unsure or disputed, None not answered."""
        said = set(self.answers.values())
        if not said:
            return None
        if len(said) > 1:
            return 0.5
        return {Decision.ACCEPT: 1.0, Decision.REJECT: 0.0, Decision.UNSURE: 0.5}[said.pop()]


def read_asked(graph: Graph, audit: Audit, pairs: Sequence[AuditedPair]) -> list[Asked]:
    """Drawn pairs of an audit with their answers, in their order."""
    live = read_live(graph, audit, pairs)
    answers = read_answers(graph, pairs)
    return [Asked(one, answers[one.key], one.key in live) for one in pairs]


def read_answers(graph: Graph, pairs: Iterable[AuditedPair]) -> dict[str, dict[str, Decision]]:
    """What each person answered of drawn pairs, by the pairs' keys; of all pairs, in one query."""
    pairs = list(pairs)
    documents = dict.fromkeys(one.pair.document for one in pairs)
    words = read_words(graph.read, documents, {one.pair.image for one in pairs})
    said: dict[tuple[DocumentId, ImageId], list[Word]] = {}
    for document, several in words.items():
        for word in several:
            said.setdefault((document, word.image), []).append(word)
    return {
        one.key: answers_of(
            said.get((one.pair.document, one.pair.image), ()), one.text_hash, one.image_hash
        )
        for one in pairs
    }


def read_live(graph: Graph, audit: Audit, pairs: Sequence[AuditedPair]) -> set[str]:
    """Keys of the pairs whose text, image and judgement are those that were drawn.

    It reads their documents' texts and ledgers whole: ask for few where few will do.
    """
    documents = list(dict.fromkeys(one.pair.document for one in pairs))
    judged = read_judged(graph, audit.source, documents)
    texts = read_text_hashes(graph.read, graph.names, [f for d in documents for f in forms(d)])
    images = read_image_hashes(graph.read, {one.pair.image for one in pairs})
    live = set()
    for one in pairs:
        document, image = one.pair.document, one.pair.image
        now = judged.get((document, image))
        if (
            now is not None
            and now.fingerprint == one.pair.fingerprint
            and document in texts
            and _same(one.text_hash, texts[document])
            and _same(one.image_hash, images.get(image))
        ):
            live.add(one.key)
    return live


def answers_of(
    words: Iterable[Word], text_hash: str | None, image_hash: str | None
) -> dict[str, Decision]:
    """What each person answered of one pair. words: all that was ever said of it.

    A word counts that was said blind in an audit, of these contents; so does one that settles
    such words, for it was said of answers and not of a score. A word that was said because the
    pair looked doubtful does not. text_hash, image_hash: of the contents that were drawn.
    """
    words = list(words)
    blind = {
        word.key
        for word in words
        if word.way == WAY
        and word.blind
        and _same(text_hash, word.text_hash)
        and _same(image_hash, word.image_hash)
    }
    counting = blind | {word.key for word in words if blind.intersection(word.settles)}
    heard = [word for word in words if word.key in counting or word.decision is None]
    return {word.by: word.decision for word in current(heard) if word.decision is not None}


def evaluated(audit: Audit, asked: Iterable[Asked]) -> Answers:
    """The answers with the design that they come from, of pairs that still stand for something."""
    live = [one for one in asked if one.live]
    cells = cells_of(np.array([one.drawn.pair.log_odds for one in live]))
    sampled = [
        Sampled(
            one.drawn.pair.document,
            one.drawn.draw,
            one.drawn.stratum,
            int(cell),
            one.drawn.pair.log_odds,
            one.drawn.chance,
            one.drawn.ticket,
            one.right,
        )
        for one, cell in zip(live, cells, strict=True)
    ]
    return Answers(sampled, audit.designs)


def _same(then: str | None, now: str | None) -> bool:
    """What is not known cannot contradict."""
    return then is None or now is None or then == now

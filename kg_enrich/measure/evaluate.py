"""How well evidence sources find what is known to be right, from their ledgers.

Documents are taken in pages; what stays is one row of numbers a document. Nothing is written.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from kg_enrich.candidates.finders import CandidateOptions
from kg_enrich.documents.required import require_properties
from kg_enrich.errors import GraphError
from kg_enrich.evidence.sources import Source
from kg_enrich.graph.connection import Graph
from kg_enrich.measure.cases import (
    Case,
    Entries,
    Images,
    ordered,
    read_cases,
    read_entries,
    read_page_candidates,
)
from kg_enrich.measure.draws import draw, draw_pool
from kg_enrich.measure.finding import Question, alone, measure, with_twins
from kg_enrich.measure.groups import words_group
from kg_enrich.measure.judging import Missing
from kg_enrich.measure.pictures import Pictures, look_at
from kg_enrich.measure.results import Evaluation, Rows, Tally, average
from kg_enrich.measure.truth import Truth, documents_with, sample
from kg_enrich.models import DocumentId, ImageId

# Documents at once.
PAGE = 100
# Documents that are looked at unless somebody says otherwise.
DOCUMENTS = 20_000

# Called with all documents, and with how many were done since the last call.
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Asked:
    """What is measured.

    truth: what is known to be right. by: document properties to group by. random: instead of the
    candidates, each right image among so many random ones. documents: at most, drawn by the seed.
    """

    truth: Truth = Truth.REFERENCES
    by: tuple[str, ...] = ()
    random: int | None = None
    documents: int = DOCUMENTS
    seed: int = 0


def evaluate(
    graph: Graph,
    sources: Sequence[Source],
    options: CandidateOptions,
    asked: Asked,
    missing: Missing | None = None,
    progress: Progress = lambda _, __: None,
) -> Evaluation:
    """How well these sources find. missing: judges what is not on record, for one source alone.

    Errors: GraphError when nothing is known to be right; SettingsError for a property that no
    document has; those of the scorer.
    """
    require_properties(graph, "--by", asked.by)
    drawn, known = sample(documents_with(graph, asked.truth), asked.documents, asked.seed)
    if not drawn:
        raise GraphError(nothing_known(graph, asked.truth))
    pool = draw_pool(graph, asked.random, asked.seed) if asked.random else []
    tallies = [Tally(source.name) for source in sources]
    documents = pairs = 0
    for start in range(0, len(drawn), PAGE):
        page = drawn[start : start + PAGE]
        cases = read_cases(graph, asked.truth, asked.by, page)
        documents += len(cases)
        pairs += sum(len(case.truth) for case in cases)
        found: dict[str, Images] = {}
        for source, tally in zip(sources, tallies, strict=True):
            version = source.statistics.version
            if asked.random is None and version not in found:
                found[version] = read_page_candidates(graph, cases, options, source.statistics)
            _count(graph, asked, tally, cases, found.get(version), missing, pool)
        progress(len(drawn), len(page))
    return Evaluation(
        asked.truth.value,
        known,
        documents,
        pairs,
        asked.random,
        asked.seed,
        tuple(tally.close(asked.seed) for tally in tallies),
    )


def _count(
    graph: Graph,
    asked: Asked,
    tally: Tally,
    cases: Sequence[Case],
    candidates: Images | None,
    missing: Missing | None,
    pool: Sequence[ImageId],
) -> None:
    """Adds a page of documents. candidates: None for questions of random images."""
    documents = [case.document for case in cases]
    entries = read_entries(graph, tally.name, [document.id for document in documents])
    draws = _draws(asked, cases, missing, pool)
    if missing is not None:
        if candidates is None:
            images = {d: [i for one in several for i in one] for d, several in draws.items()}
        else:
            images = {d: [*found, *entries[d]] for d, found in candidates.items()}
        entries, judged = missing.judge(documents, images, entries)
        tally.judged += judged
    in_question = [
        (case.truth, {*entries[case.document.id], *(candidates or {}).get(case.document.id, ())})
        for case in cases
    ]
    pictures = look_at(graph, in_question)
    for case in cases:
        own = entries[case.document.id]
        found = None if candidates is None else candidates[case.document.id]
        if found and not own:
            tally.not_judged += 1
            continue
        tally.unjudged += sum(image not in own for image in found or ())
        tally.without_look += sum(
            image in pictures.seen and pictures.seen[image].look is None for image in case.truth
        )
        questions = list(_questions(case, own, pictures, found, draws))
        _add(tally, case, questions, pictures)


def _draws(
    asked: Asked, cases: Sequence[Case], missing: Missing | None, pool: Sequence[ImageId]
) -> dict[DocumentId, list[list[ImageId]]]:
    """For each right image of a document: that image, and the random ones beside it."""
    if asked.random is None or missing is None:
        return {}
    return {
        case.document.id: [
            [
                right,
                *draw(
                    pool,
                    missing.catalogue,
                    (case.document.id, right),
                    case.truth,
                    asked.random,
                    asked.seed,
                ),
            ]
            for right in sorted(case.truth)
        ]
        for case in cases
    }


def _questions(
    case: Case,
    entries: Entries,
    pictures: Pictures,
    found: Sequence[ImageId] | None,
    draws: Mapping[DocumentId, list[list[ImageId]]],
) -> Iterator[Question]:
    """One question a document, or one for each of its right images among random ones."""
    if found is not None:
        there = ordered(entries, pictures.seen)
        yield _question(there, case.truth, tuple(found))
        return
    for right, *others in draws.get(case.document.id, ()):
        some = {image: pictures.seen.get(image) for image in (right, *others)}
        yield _question(ordered(entries, some), frozenset((right,)), None)


def _question(
    there: Sequence[tuple[ImageId, float]],
    truth: frozenset[ImageId],
    found: tuple[ImageId, ...] | None,
) -> Question:
    return Question(
        tuple(image for image, _ in there), tuple(odds for _, odds in there), truth, found
    )


def _add(tally: Tally, case: Case, questions: Sequence[Question], pictures: Pictures) -> None:
    named = {i for one in questions for i in (*one.ranked, *(one.candidates or ()))}
    twins = pictures.twins(case.truth, named)
    tally.strict.add(average([measure(one) for one in questions]))
    tally.near.add(average([measure(with_twins(one, twins)) for one in questions]))
    for by, value in case.labels.items():
        tally.labels.setdefault(by, []).append(value)
    groups: dict[str, list[ImageId]] = {}
    for image in case.truth:
        groups.setdefault(words_group(pictures.texts.get(image)), []).append(image)
    for value, images in groups.items():
        some = [question for one in questions if (question := alone(one, images)) is not None]
        if some:
            tally.words.setdefault(value, Rows()).add(average([measure(one) for one in some]))


def nothing_known(graph: Graph, truth: Truth) -> str:
    """What to do where nothing is known to be right."""
    if truth is Truth.REVIEWS:
        return (
            f"Nobody has accepted a pair of {graph.uri} yet: measure against references, or "
            "review some pairs first."
        )
    return (
        f"No {graph.names.document_label} of {graph.uri} references an image (by "
        f"{graph.names.reference_type}, made by people): load references, or measure by "
        "`--truth reviews`."
    )

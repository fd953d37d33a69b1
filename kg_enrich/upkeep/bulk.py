"""One word on many pairs: by a rule, a page of documents at a time, undone as one."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import islice

from kg_enrich.documents.reading import read_documents
from kg_enrich.enrich.extractor import scope_pages
from kg_enrich.errors import SettingsError
from kg_enrich.evidence.models import Decision, Word
from kg_enrich.evidence.said import States, hear
from kg_enrich.evidence.state import read_present, read_states
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query
from kg_enrich.models import DocumentId, ImageId, Scope
from kg_enrich.upkeep.bulk_words import Part, Rule, meant, say, take_back

__all__ = ["BulkPair", "BulkPlan", "BulkReviewed", "Rule", "plan", "review_all", "undo"]

READ_BATCH = query("read_batch")
PAGE_BATCH_DOCUMENTS = query("page_batch_documents")

# Documents that are locked together, and pairs that a person is shown first.
_DOCUMENTS = 50
_EXAMPLES = 10
WAY = "bulk"


@dataclass(frozen=True, slots=True)
class BulkPair:
    """A pair that a rule means."""

    document: DocumentId
    image: ImageId
    score: float


@dataclass(frozen=True, slots=True)
class BulkPlan:
    """What a rule means now. spoken: pairs that it would mean, had nobody spoken of them."""

    rule: str
    pairs: int
    documents: int
    spoken: int
    examples: tuple[BulkPair, ...]


@dataclass(frozen=True, slots=True)
class BulkReviewed:
    """What a word on many pairs came to. token: what takes it back as one.

    decision: None: it was taken back. pairs: of which something was said anew. kept: when it is
    taken back, those that the same person, or who settled it, has spoken of otherwise since.
    """

    token: str
    rule: str
    decision: Decision | None
    pairs: int
    documents: int
    published: int
    withdrawn: int
    kept: int = 0


def plan(graph: Graph, rule: Rule) -> BulkPlan:
    """What a rule means now. Writes nothing. Errors: GraphError."""
    pairs = documents = spoken = 0
    examples: list[BulkPair] = []
    for page in _pages(graph, rule.scope):
        for document, state in _heard(graph, rule, page).items():
            edges, others = meant(rule, state)
            pairs += len(edges)
            documents += bool(edges)
            spoken += others
            room = _EXAMPLES - len(examples)
            examples += [BulkPair(document, e.image, e.score) for e in edges[: max(room, 0)]]
    return BulkPlan(str(rule), pairs, documents, spoken, tuple(examples))


def review_all(
    graph: Graph,
    rule: Rule,
    decision: Decision,
    by: str,
    token: str,
    reasons: tuple[str, ...] = (),
    way: str = WAY,
) -> BulkReviewed:
    """Says one word of every pair that a rule means; asked twice with one token it is said once.

    A page of documents at a time, each document under its lock. Killed in the middle, it is
    finished by asking again; evidence that came later is not meant by it.
    Errors: SettingsError when the token stands for another rule or decision; GraphError.
    """
    begun = None
    for row in graph.read(READ_BATCH, batch=token):
        begun = row["at"]
        if row["notes"] != [str(rule)] or not {*row["decisions"]} <= {decision.value, "none"}:
            raise SettingsError(
                f"Token {token!r} stands for another rule or decision: "
                f"{', '.join(row['notes'])}. Take another token."
            )
    done = BulkReviewed(token, str(rule), decision, 0, 0, 0, 0)
    saying = Word("", DocumentId(""), ImageId(""), decision, by, reasons=reasons, note=str(rule))
    saying = replace(saying, way=way, batch=token)
    for page in _pages(graph, rule.scope):
        # Looked at again under the lock.
        found = [d for d, state in _heard(graph, rule, page).items() if meant(rule, state)[0]]
        if found:
            saying_it = partial(say, rule=rule, saying=saying, documents=found, begun=begun)
            done = _sum(done, graph.write(saying_it))
    return done


def undo(graph: Graph, token: str) -> BulkReviewed:
    """Takes back all that was said under a token, in the names of those who said it.

    What they said otherwise since stays. Done twice, it is done once.
    Errors: SettingsError when nothing was said under the token; GraphError.
    """
    rows = graph.read(READ_BATCH, batch=token)
    if not rows:
        raise SettingsError(f"Nothing was said under the token {token!r}.")
    done = BulkReviewed(token, rows[0]["notes"][0], None, 0, 0, 0, 0)
    after = ""
    while page := graph.read(PAGE_BATCH_DOCUMENTS, batch=token, after=after, limit=_DOCUMENTS):
        documents = [DocumentId(row["document"]) for row in page]
        after = documents[-1]
        done = _sum(done, graph.write(partial(take_back, token=token, documents=documents)))
    return done


def _sum(done: BulkReviewed, part: Part) -> BulkReviewed:
    return replace(
        done,
        pairs=done.pairs + part.pairs,
        documents=done.documents + part.documents,
        published=done.published + part.published,
        withdrawn=done.withdrawn + part.withdrawn,
        kept=done.kept + part.kept,
    )


def _pages(graph: Graph, scope: Scope) -> Iterator[list[DocumentId]]:
    """The scope's documents, as many as one transaction looks at."""
    for ids in scope_pages(graph, scope):
        covered = [str(value) for value in ids]
        if scope.labels or scope.conditions:
            covered = [document.id for document, _ in read_documents(graph, ids, scope)[0]]
        rest = iter(dict.fromkeys(DocumentId(one) for one in covered))
        while page := list(islice(rest, _DOCUMENTS)):
            yield page


def _heard(graph: Graph, rule: Rule, documents: Sequence[DocumentId]) -> States:
    states = read_states(graph.read, documents, rule.source)
    named = {image for state in states.values() for image in state.images}
    return hear(graph.read, graph.names, states, read_present(graph.read, named))

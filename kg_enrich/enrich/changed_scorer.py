"""Names a changed scorer before it judges again what an earlier one judged."""

from collections.abc import Callable

from kg_enrich.enrich.extractor import Question
from kg_enrich.graph.connection import Graph
from kg_enrich.graph.queries import query

READ_LAST_SCORER = query("read_last_scorer")
COUNT_PAIRS = query("count_pairs")


def name_changed_scorer(graph: Graph, question: Question, say: Callable[[str], None]) -> None:
    """Says how many pairs are on record by another scorer than today's, and why they go again.

    Nothing is said where the source is new, or its scorer is the one of its last run.
    """
    rows = graph.read(READ_LAST_SCORER, source=question.source)
    if not rows or rows[0]["fingerprint"] in (question.scorer, *question.former_scorers):
        return
    pairs = graph.read(COUNT_PAIRS, source=question.source)[0]["pairs"]
    say(
        f"The scorer of source {question.source!r} has changed since its last run (another release,"
        f" model, prompt, limit, way of reading, or word statistics): of its {pairs} judged pairs"
        " those in this run's scope are judged again."
    )

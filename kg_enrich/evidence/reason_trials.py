"""That a model's start test showed that it writes no reasons, remembered at its source."""

from kg_enrich.graph.connection import Graph, Transaction
from kg_enrich.graph.queries import query

READ_FAILED_TRIAL = query("read_failed_trial")
WRITE_FAILED_TRIAL = query("write_failed_trial")


def read_failed_trial(graph: Graph, source: str, trial: str) -> str | None:
    """What was said when this very trial failed; None when it did not, or another failed last."""
    rows = graph.read(READ_FAILED_TRIAL, source=source, trial=trial)
    return rows[0]["why"] if rows else None


def write_failed_trial(transaction: Transaction, source: str, trial: str, why: str) -> None:
    """Remembers that it failed, in the place of another one."""
    transaction.run(WRITE_FAILED_TRIAL, source=source, trial=trial, why=why)

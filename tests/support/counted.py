"""Work for a write transaction that counts how often it is tried."""

from typing import Any

from kg_enrich.graph.connection import Transaction
from kg_enrich.graph.queries import Query

FIND = Query("test", "MATCH (l:EvidenceLedger {key: 'k'}) RETURN 'theirs' AS x")
CREATE = Query("test", "CREATE (l:EvidenceLedger {key: 'k'}) RETURN 'ours' AS x")


class Counted:
    """Work for `Graph.write` that counts how often it was begun."""

    def __init__(self, *queries: Query) -> None:
        self.queries = queries
        self.tries = 0

    def __call__(self, transaction: Transaction) -> Any:
        """The first row that one of the queries gives."""
        self.tries += 1
        for query in self.queries:
            for row in transaction.run(query):
                return row["x"]
        return None

// Purpose: tries the right to write nodes and edges; whoever calls it rolls it back.
// Parameters: id (of nothing that is there).
// Columns: none.
CREATE (:EnrichmentJob {id: $id})-[:HAS_RUN]->(:EnrichmentRun {id: $id})

// Purpose: runs' undo chunks, each run's in the order in which they were written.
// Parameters: runs.
// Columns: run, key, edges (how many it holds), at (epoch in milliseconds; null for those of older
//   releases).
MATCH (run:EnrichmentRun)-[:CHANGED]->(u:EvidenceUndo)
WHERE run.id IN $runs
RETURN run.id AS run, u.key AS key, u.edges AS edges, u.at.epochMillis AS at
ORDER BY run, u.number

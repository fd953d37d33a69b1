// Purpose: a run's undo chunks in the order in which they were written.
// Parameters: run.
// Columns: key, edges (how many it holds).
MATCH (:EnrichmentRun {id: $run})-[:CHANGED]->(u:EvidenceUndo)
RETURN u.key AS key, u.edges AS edges ORDER BY u.number

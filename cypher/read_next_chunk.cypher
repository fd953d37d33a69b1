// Purpose: the number that a run's next undo chunk may have.
// Parameters: run.
// Columns: number (one row).
OPTIONAL MATCH (:EnrichmentRun {id: $run})-[:CHANGED]->(u:EvidenceUndo)
RETURN coalesce(max(u.number) + 1, 0) AS number

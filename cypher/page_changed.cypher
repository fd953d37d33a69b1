// Purpose: a run's next undo chunks that hold edges.
// Parameters: run, number (of the first one), limit.
// Columns: number, before (bytes: zlib of JSON).
MATCH (:EnrichmentRun {id: $run})-[:CHANGED]->(u:EvidenceUndo)
WHERE u.number >= $number AND u.edges > 0
WITH u ORDER BY u.number LIMIT $limit
RETURN u.number AS number, u.before AS before
ORDER BY number

// Purpose: forgets what runs changed, and says in their records that they cannot be rolled back.
// Parameters: runs, limit (of chunks).
// Columns: removed (how many).
MATCH (run:EnrichmentRun)-[:CHANGED]->(u:EvidenceUndo)
WHERE run.id IN $runs
WITH run, u LIMIT $limit
SET run.undoDeletedAt = coalesce(run.undoDeletedAt, datetime.realtime())
DETACH DELETE u
RETURN count(*) AS removed

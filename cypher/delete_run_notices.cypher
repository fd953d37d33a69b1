// Purpose: forgets what runs named without stopping.
// Parameters: runs, limit (of notices).
// Columns: removed (how many).
MATCH (run:EnrichmentRun)-[:HAS_NOTICE]->(n:RunNotice)
WHERE run.id IN $runs
WITH n LIMIT $limit
DETACH DELETE n
RETURN count(*) AS removed

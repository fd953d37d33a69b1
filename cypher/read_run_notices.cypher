// Purpose: what a run met without stopping, by name.
// Parameters: run, limit.
// Columns: kind, subject, detail.
MATCH (:EnrichmentRun {id: $run})-[:HAS_NOTICE]->(n:RunNotice)
RETURN n.kind AS kind, n.subject AS subject, n.detail AS detail
ORDER BY kind, subject, detail LIMIT $limit

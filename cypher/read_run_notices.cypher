// Purpose: what a run met without stopping, by name.
// Parameters: run, limit.
// Columns: kind, subject, detail, many (things that it stands for).
MATCH (:EnrichmentRun {id: $run})-[:HAS_NOTICE]->(n:RunNotice)
RETURN n.kind AS kind, n.subject AS subject, n.detail AS detail,
  coalesce(n.many, 1) AS many
ORDER BY kind, subject, detail LIMIT $limit

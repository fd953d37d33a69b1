// Purpose: names in a run's record what it met without stopping.
// Parameters: run, rows of key, kind, subject, detail, many.
// Columns: none.
MATCH (run:EnrichmentRun {id: $run})
UNWIND $rows AS row
MERGE (n:RunNotice {key: row.key})
ON CREATE SET n.kind = row.kind, n.subject = row.subject, n.detail = row.detail,
  n.many = row.many
MERGE (run)-[:HAS_NOTICE]->(n)

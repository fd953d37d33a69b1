// Purpose: how many documents there are, and how many have evidence of a source.
// Parameters: source.
// Columns: documents, covered.
MATCH (d:`Document`)
WITH d, EXISTS { (d)-[:`HAS_EVIDENCE` {source: $source}]->() } AS covered
RETURN count(*) AS documents, sum(CASE WHEN covered THEN 1 ELSE 0 END) AS covered

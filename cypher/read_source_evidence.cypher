// Purpose: what a source says of these documents, and whether a person accepted it.
// Parameters: documents (ids), source.
// Columns: key, document, image, score, accepted.
MATCH (d:`Document`)-[r:`HAS_EVIDENCE` {source: $source}]->(i:`Image`)
WHERE d.`id` IN $documents
RETURN r.key AS key, d.`id` AS document, i.`id` AS image, r.score AS score,
  EXISTS { (d)-[v:REVIEWED]->(i) WHERE v.decision = 'accept' AND NOT coalesce(v.stale, false) } AS accepted

// Purpose: withdraws evidence. By key, because a walk from a hub's node takes 100 ms an edge.
// Parameters: keys.
// Columns: as of rewrite_evidence.
UNWIND $keys AS key
MATCH ()-[r:`HAS_EVIDENCE` {key: key}]->()
WITH key, r, coalesce(r.confidence, '') AS confidence, coalesce(r.model, '') AS model,
  coalesce(r.runId, '') AS runId, coalesce(toString(r.createdAt), '') AS createdAt,
  coalesce(toString(r.updatedAt), '') AS updatedAt
DELETE r
RETURN collect(key) AS keys, collect(confidence) AS confidences, collect(model) AS models,
  collect(runId) AS runIds, collect(createdAt) AS createdAt, collect(updatedAt) AS updatedAt

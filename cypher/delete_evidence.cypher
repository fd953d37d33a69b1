// Purpose: withdraws evidence. By key, because a walk from a hub's node takes 100 ms an edge.
// Parameters: keys.
// Columns: as of rewrite_evidence.
UNWIND range(0, size($keys) - 1) AS n
MATCH ()-[r:`HAS_EVIDENCE` {key: $keys[n]}]->()
WITH n, r, coalesce(r.confidence, '') AS confidence, r.model AS model, r.runId AS runId,
  r.createdAt AS createdAt, r.updatedAt AS updatedAt
DELETE r
WITH model, runId, createdAt, updatedAt, collect(n) AS places, collect(confidence) AS confidences
RETURN collect([model, runId, toString(createdAt), toString(updatedAt), places, confidences])
  AS origins

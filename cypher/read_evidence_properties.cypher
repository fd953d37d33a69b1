// Purpose: edges as they are, to be put back by a rollback; times as text.
// Parameters: keys.
// Columns: key, properties.
UNWIND $keys AS key
MATCH ()-[r:`HAS_EVIDENCE` {key: key}]->()
RETURN key, r {.score, .confidence, .reason, .source, .model, .fingerprint, .runId, .calibration,
  createdAt: toString(r.createdAt), updatedAt: toString(r.updatedAt)} AS properties

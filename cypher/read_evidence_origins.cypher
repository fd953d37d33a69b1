// Purpose: what a document's state leaves out of its edges, for the undo; times as text.
// Parameters: keys.
// Columns: keys, confidences, models, createdAt, updatedAt (lists of one length; one row).
UNWIND $keys AS key
MATCH ()-[r:`HAS_EVIDENCE` {key: key}]->()
RETURN collect(key) AS keys, collect(coalesce(r.confidence, '')) AS confidences,
  collect(coalesce(r.model, '')) AS models,
  collect(coalesce(toString(r.createdAt), '')) AS createdAt,
  collect(coalesce(toString(r.updatedAt), '')) AS updatedAt

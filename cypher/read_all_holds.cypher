// Purpose: every source's holds as they are, to be put back by a rollback; times as text.
// Parameters: none.
// Columns: key, properties.
MATCH (h:EvidenceHold)
RETURN h.key AS key,
  h {.source, .image, .documents, .runId, .why, at: toString(h.at)} AS properties

// Purpose: what stands in a source's queue.
// Parameters: source.
// Columns: key, kind, priority, score, other.
MATCH (q:EvidenceQueueItem)
WHERE q.source = $source
RETURN q.key AS key, q.kind AS kind, q.priority AS priority, q.score AS score, q.other AS other

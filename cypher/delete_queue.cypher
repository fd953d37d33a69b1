// Purpose: takes pairs out of the queue.
// Parameters: keys.
// Columns: none.
MATCH (q:EvidenceQueueItem)
WHERE q.key IN $keys
DELETE q

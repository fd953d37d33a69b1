// Purpose: puts pairs into a source's queue, or mends what stands there.
// Parameters: source, run, rows of key, document, image, other (ids as text), kind, priority,
//   score (null where the source has none).
// Columns: none.
UNWIND $rows AS row
MERGE (q:EvidenceQueueItem {key: row.key})
ON CREATE SET q.source = $source, q.document = row.document, q.image = row.image,
  q.at = datetime.realtime(), q.runId = $run
SET q.kind = row.kind, q.priority = row.priority, q.score = row.score, q.other = row.other

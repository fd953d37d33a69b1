// Purpose: the next items of a source's queue, the most urgent first.
// Parameters: source, least (priority), below (priority), key (the last one seen at `least`, ''
//   at first), limit.
// Columns: key, document, title, image, path (null where a node is gone), kind, priority, score,
//   other, at (ISO time), reason (of the edge, or null), published, applies (whether both are
//   there, and nobody has spoken of the pair since).
MATCH (q:EvidenceQueueItem)
WHERE q.source = $source AND q.priority >= $least AND q.priority < $below
  AND (q.priority > $least OR q.key > $key)
WITH q ORDER BY q.priority, q.key LIMIT $limit
WITH q, '-?(0|[1-9][0-9]{0,18})' AS integer
WITH q,
  CASE WHEN q.document =~ integer THEN toIntegerOrNull(q.document) END AS documentNumber,
  CASE WHEN q.image =~ integer THEN toIntegerOrNull(q.image) END AS imageNumber
CALL (q, documentNumber, imageNumber) {
  OPTIONAL MATCH (d:`Document`)
  WHERE d.`id` IN [q.document, coalesce(documentNumber, q.document)]
  WITH q, imageNumber, head(collect(d)) AS d
  OPTIONAL MATCH (i:`Image`) WHERE i.`id` IN [q.image, coalesce(imageNumber, q.image)]
  WITH q, d, head(collect(i)) AS i
  RETURN d, i, head(COLLECT {
    MATCH (d)-[r:`HAS_EVIDENCE` {source: q.source}]->(i) RETURN r
  }) AS r
}
RETURN q.key AS key, d.`id` AS document, d.`title` AS title, i.`id` AS image, i.`path` AS path,
  q.kind AS kind, q.priority AS priority, q.score AS score, q.other AS other,
  toString(q.at) AS at, r.reason AS reason, r IS NOT NULL AS published,
  d IS NOT NULL AND i IS NOT NULL
    AND (q.kind IN ['conflict', 'stale'] OR NOT EXISTS { (d)-[:REVIEWED]->(i) }) AS applies
ORDER BY priority, key

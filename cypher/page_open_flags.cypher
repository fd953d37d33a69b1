// Purpose: open flags, the most confident first, with the best documents for each image.
// Parameters: confidence, flag (of the last one seen: 2 and '' begin), limit (flags), documents (a flag).
// Columns: as of read_open_flags.
MATCH (f:EvidenceFlag {kind: 'unreferenced', status: 'open'})-[:FLAGS]->(i:`Image`)
WHERE f.confidence < $confidence OR (f.confidence = $confidence AND f.id > $flag)
WITH f, i ORDER BY f.confidence DESC, f.id LIMIT $limit
RETURN f.id AS flag, i.`id` AS image, i.`path` AS path, f.confidence AS confidence,
  toString(f.raisedAt) AS raisedAt,
  COLLECT {
    MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(i)
    RETURN {document: d.`id`, title: d.`title`, confidence: r.confidence, reason: r.reason,
      source: r.source}
    ORDER BY r.confidence DESC, d.`id` LIMIT $documents
  } AS documents,
  i.imageHash AS hash
ORDER BY confidence DESC, flag

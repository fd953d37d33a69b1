// Purpose: images with strong evidence that no document references, each with its best document.
// Parameters: source, limit.
// Columns: document, image, score.
MATCH (f:EvidenceFlag {kind: 'unreferenced', status: 'open'})-[:FLAGS]->(i:`Image`)
CALL (i) {
  MATCH (d:`Document`)-[r:`HAS_EVIDENCE` {source: $source}]->(i)
  WHERE NOT EXISTS { (d)-[:REVIEWED]->(i) }
  RETURN d, r.score AS score ORDER BY score DESC, toString(d.`id`) LIMIT 1
}
RETURN d.`id` AS document, i.`id` AS image, score
ORDER BY score DESC, toString(image) LIMIT $limit

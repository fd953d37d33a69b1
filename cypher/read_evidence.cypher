// Purpose: all published evidence, a document's best first.
// Parameters: limit.
// Columns: document, title, image, path, source, confidence, score, reason, referenced,
//   reviews (maps of decision, by, at, stale).
MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(i:`Image`)
RETURN d.`id` AS document, d.`title` AS title, i.`id` AS image, i.`path` AS path,
  r.source AS source, r.confidence AS confidence, r.score AS score, r.reason AS reason,
  EXISTS { (d)-[:`REFERENCES`]->(i) } AS referenced,
  [(d)-[v:REVIEWED]->(i) | {decision: v.decision, by: coalesce(v.by, ''), at: toString(v.at),
    stale: coalesce(v.stale, false)}] AS reviews
ORDER BY toString(document), confidence DESC, toString(image)
LIMIT $limit

// Purpose: all published evidence, a document's best first.
// Parameters: limit.
// Columns: document, title, image, path, source, confidence, score, reason, referenced, reviews.
MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(i:`Image`)
RETURN d.`id` AS document, d.`title` AS title, i.`id` AS image, i.`path` AS path,
  r.source AS source, r.confidence AS confidence, r.score AS score, r.reason AS reason,
  EXISTS { (d)-[:`REFERENCES`]->(i) } AS referenced,
  [(d)-[v:REVIEWED]->(i) |
    v.decision + CASE WHEN coalesce(v.stale, false) THEN ' (stale)' ELSE '' END] AS reviews
ORDER BY toString(document), confidence DESC, toString(image)
LIMIT $limit

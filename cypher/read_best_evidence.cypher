// Purpose: a source's strongest evidence.
// Parameters: source, limit.
// Columns: document, title, image, path, caption, score, reason, referenced.
MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(i:`Image`)
WHERE r.source = $source
WITH d, r, i ORDER BY r.score DESC, r.key LIMIT $limit
RETURN d.`id` AS document, d.`title` AS title, i.`id` AS image, i.`path` AS path,
  i.`caption` AS caption, r.score AS score, r.reason AS reason,
  EXISTS { (d)-[:`REFERENCES`]->(i) } AS referenced
ORDER BY score DESC, r.key

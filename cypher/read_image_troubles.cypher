// Purpose: what is on record against images, and the evidence that hangs on them.
// Parameters: ids.
// Columns: image, path, failures (maps of reason, at as an ISO time), evidence (edges).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS image, i.`path` AS path,
  [(i)-[:COULD_NOT_READ]->(f:ReadFailure) | {reason: f.reason, at: toString(f.at)}] AS failures,
  COUNT { (:`Document`)-[:`HAS_EVIDENCE`]->(i) } AS evidence
ORDER BY toString(image)

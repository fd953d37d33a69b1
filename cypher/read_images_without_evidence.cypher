// Purpose: images that are evidence for nothing, with what keeps them from being read.
// Parameters: limit.
// Columns: image, path, failure (reason or null), hash (of its bytes, or null).
MATCH (i:`Image`)
WHERE NOT (i)<-[:`HAS_EVIDENCE`]-()
OPTIONAL MATCH (i)-[:COULD_NOT_READ]->(f:ReadFailure)
WITH i, min(f.reason) AS failure
RETURN i.`id` AS image, i.`path` AS path, failure, i.imageHash AS hash
ORDER BY toString(image)
LIMIT $limit

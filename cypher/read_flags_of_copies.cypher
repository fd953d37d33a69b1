// Purpose: the open flags of images with the very same bytes as a flag's image.
// Parameters: flag (id).
// Columns: flag, image.
MATCH (:EvidenceFlag {id: $flag})-[:FLAGS]->(i:`Image`)
MATCH (f:EvidenceFlag {kind: 'unreferenced', status: 'open'})-[:FLAGS]->(copy:`Image`)
WHERE copy.imageHash = i.imageHash AND f.id <> $flag
RETURN f.id AS flag, copy.`id` AS image
ORDER BY flag

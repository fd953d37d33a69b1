// Purpose: the flags that the beginning of an id may mean; more than one is too many.
// Parameters: prefix.
// Columns: flag, image (null when it is gone).
MATCH (f:EvidenceFlag)
WHERE f.id STARTS WITH $prefix
OPTIONAL MATCH (f)-[:FLAGS]->(i:`Image`)
RETURN f.id AS flag, i.`id` AS image
LIMIT 2

// Purpose: where an image lies.
// Parameters: ids (the values its id may have).
// Columns: path.
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`path` AS path
LIMIT 1

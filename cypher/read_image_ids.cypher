// Purpose: which of these images are there, and how often.
// Parameters: ids.
// Columns: id.
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS id

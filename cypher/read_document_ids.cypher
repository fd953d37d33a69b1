// Purpose: which of these documents are there, and how often.
// Parameters: ids.
// Columns: id.
MATCH (d:`Document`)
WHERE d.`id` IN $ids
RETURN d.`id` AS id

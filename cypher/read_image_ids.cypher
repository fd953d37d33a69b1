// Purpose: which of these images are there, and how often.
// Parameters: ids.
// Columns: ids (one row).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN collect(i.`id`) AS ids

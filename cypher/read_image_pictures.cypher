// Purpose: which of these images are there, how often, and which are copies of one picture.
// Parameters: ids.
// Columns: ids, hashes (of their contents, '' where nobody knows; in the same order); one row.
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN collect(i.`id`) AS ids, collect(coalesce(i.imageHash, '')) AS hashes

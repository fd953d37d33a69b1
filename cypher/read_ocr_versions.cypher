// Purpose: which text of these images is kept on their nodes already.
// Parameters: ids.
// Columns: id, ocrVersion.
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS id, i.ocrVersion AS ocrVersion

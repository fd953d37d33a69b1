// Purpose: what of these images is kept on their nodes already.
// Parameters: ids.
// Columns: id, ocrVersion, look ('' where it has none; null where nobody looked).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS id, i.ocrVersion AS ocrVersion, i.imageLook AS look

// Purpose: what images look like, as far as it is known.
// Parameters: ids.
// Columns: id, hash (of its contents, or null), look (or null).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS id, i.imageHash AS hash, i.imageLook AS look

// Purpose: the hashes of images' contents, as the graph knows them.
// Parameters: ids.
// Columns: id, hash (null where it is not known).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS id, i.imageHash AS hash

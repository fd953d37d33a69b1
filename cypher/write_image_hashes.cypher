// Purpose: keeps the hashes of images' contents on their nodes.
// Parameters: rows of ids (the values an image's id may have), hash.
// Columns: none.
UNWIND $rows AS row
MATCH (i:`Image`)
WHERE i.`id` IN row.ids
SET i.imageHash = row.hash

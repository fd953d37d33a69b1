// Purpose: keeps the hashes of images' contents on their nodes; the look of others is forgotten.
// Parameters: rows of ids (the values an image's id may have), hash.
// Columns: none.
UNWIND $rows AS row
MATCH (i:`Image`)
WHERE i.`id` IN row.ids
SET i.imageLook = CASE WHEN i.imageHash = row.hash THEN i.imageLook END, i.imageHash = row.hash

// Purpose: images of the very same bytes as these, themselves included.
// Parameters: ids.
// Columns: image.
MATCH (i:`Image`)
WHERE i.`id` IN $ids
WITH DISTINCT i.imageHash AS hash
MATCH (i:`Image`)
WHERE i.imageHash = hash
RETURN i.`id` AS image

// Purpose: the text that was read from images.
// Parameters: ids.
// Columns: id, text (null where nobody has read the image yet).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
RETURN i.`id` AS id, i.ocrText AS text

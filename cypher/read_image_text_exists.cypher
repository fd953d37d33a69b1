// Purpose: whether the full-text index can find anything at all.
// Parameters: none.
// Columns: image (one row, or none).
MATCH (i:`Image`)
WHERE i.`caption` <> '' OR i.ocrText <> ''
RETURN i.`id` AS image
LIMIT 1

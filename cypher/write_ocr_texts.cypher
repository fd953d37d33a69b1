// Purpose: keeps the text read from images on their nodes, for full-text candidates and search.
// Parameters: rows of ids (the values the image's id may have), text, version.
// Columns: none.
UNWIND $rows AS row
MATCH (i:`Image`) WHERE i.`id` IN row.ids
SET i.ocrText = row.text, i.ocrVersion = row.version

// Purpose: whether any document has its text in chunks.
// Parameters: none.
// Columns: document (one row, or none).
MATCH (d:`Document`)-[:`FROM_DOCUMENT`]-(c:`Chunk`)
WHERE c.`text` IS NOT NULL
RETURN d.`id` AS document
LIMIT 1

// Purpose: the text in parts of the documents with these ids.
// Parameters: ids.
// Columns: id, chunks (texts in their order).
MATCH (d:`Document`)
WHERE d.`id` IN $ids
RETURN d.`id` AS id, COLLECT {
  MATCH (d)-[:`FROM_DOCUMENT`]-(c:`Chunk`)
  WITH DISTINCT c
  WHERE c.`text` IS NOT NULL
  RETURN c.`text` ORDER BY c.`index`, c.`text`
} AS chunks

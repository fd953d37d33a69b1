// Purpose: every document's words where its text lies in chunks, for the corpus statistics.
// Parameters: none.
// Columns: title, text (of the document itself), chunks (texts in their order).
MATCH (d:`Document`)
RETURN d.`title` AS title, d.`text` AS text, COLLECT {
  MATCH (d)-[:`FROM_DOCUMENT`]-(c:`Chunk`)
  WITH DISTINCT c
  WHERE c.`text` IS NOT NULL
  RETURN c.`text` ORDER BY c.`index`, c.`text`
} AS chunks

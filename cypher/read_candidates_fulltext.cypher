// Purpose: candidates from the full-text index over captions and the text read from images.
//   The index puts images of one score in an order of its own, which a restart may change: more
//   are asked for than are taken, and they are taken by score and id.
// Parameters: documents (rows of id and query, Lucene syntax), index (its name), limit (images
//   a document), asked (images to ask the index for, more than the limit).
// Columns: document, image (a list, best first).
UNWIND $documents AS row
CALL (row) {
  CALL db.index.fulltext.queryNodes($index, row.query, {limit: $asked}) YIELD node AS i, score
  RETURN i.`id` AS id, score
  ORDER BY score DESC, toString(id)
  LIMIT $limit
}
RETURN row.id AS document, collect(id) AS image

// Purpose: candidates from the full-text index over captions and the text read from images.
// Parameters: documents (rows of id and query, Lucene syntax), index (its name), limit (images
//   a document).
// Columns: document, image (a list, best first).
UNWIND $documents AS row
CALL db.index.fulltext.queryNodes($index, row.query, {limit: $limit}) YIELD node AS i
RETURN row.id AS document, collect(i.`id`) AS image

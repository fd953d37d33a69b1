// Purpose: candidates from a vector index over images, by the document's own embedding.
// Parameters: documents (rows of id), vectorIndex (its name), vectorLimit (images a document).
// Columns: document, image (a list, best first).
UNWIND $documents AS row
MATCH (d:`Document`)
WHERE d.`id` = row.id AND d.`embedding` IS NOT NULL
CALL db.index.vector.queryNodes($vectorIndex, $vectorLimit, d.`embedding`) YIELD node AS i
RETURN row.id AS document, collect(i.`id`) AS image

// Purpose: takes a reference back that a person made on our pages; those of others stay.
// Parameters: document, image (ids as text), documentId, imageId (as the graph has them).
// Columns: edges (removed).
MATCH (m:MadeReference {document: $document, image: $image})
SET m.undoneAt = coalesce(m.undoneAt, datetime.realtime())
WITH collect(m.key) AS keys
OPTIONAL MATCH (:`Document` {`id`: $documentId})-[r:`REFERENCES`]->(:`Image` {`id`: $imageId})
WHERE r.madeBy = 'kg-enrich' AND r.key IN keys
DELETE r
RETURN count(r) AS edges

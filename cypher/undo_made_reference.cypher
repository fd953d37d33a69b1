// Purpose: takes a reference back that a person made on our pages; those of others stay.
// Parameters: key, documentId, imageId (as the graph has them).
// Columns: edges (removed).
MATCH (m:MadeReference {key: $key})
SET m.undoneAt = coalesce(m.undoneAt, datetime.realtime())
WITH m
OPTIONAL MATCH (:`Document` {`id`: $documentId})-[r:`REFERENCES` {key: $key}]->(:`Image` {`id`: $imageId})
WHERE r.madeBy = 'kg-enrich'
DELETE r
RETURN count(r) AS edges

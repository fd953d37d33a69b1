// Purpose: keeps that a person made a reference, by key, and makes its edge. The edge of people who
//   made one before stays theirs.
// Parameters: key, document, image (ids as text), documentId, imageId (as the graph has them), by.
// Columns: edges (that are ours).
MERGE (m:MadeReference {key: $key})
ON CREATE SET m.document = $document, m.image = $image
SET m.by = $by, m.at = datetime.realtime(), m.undoneAt = null
WITH m
MATCH (d:`Document` {`id`: $documentId}), (i:`Image` {`id`: $imageId})
WHERE NOT EXISTS { (d)-[:`REFERENCES`]->(i) }
MERGE (d)-[r:`REFERENCES` {key: m.key}]->(i)
SET r.madeBy = 'kg-enrich', r.by = m.by, r.at = m.at
RETURN count(r) AS edges

// Purpose: makes the edges of references again that people made on our pages and that a reload of
//   the nodes lost.
// Parameters: none.
// Columns: edges (made).
MATCH (m:MadeReference)
WHERE m.undoneAt IS NULL
WITH m, '-?(0|[1-9][0-9]{0,18})' AS integer
WITH m, CASE WHEN m.document =~ integer THEN toIntegerOrNull(m.document) END AS documentNumber,
  CASE WHEN m.image =~ integer THEN toIntegerOrNull(m.image) END AS imageNumber
MATCH (d:`Document`) WHERE d.`id` IN [m.document, coalesce(documentNumber, m.document)]
MATCH (i:`Image`) WHERE i.`id` IN [m.image, coalesce(imageNumber, m.image)]
WITH m, d, i WHERE NOT EXISTS { (d)-[:`REFERENCES`]->(i) }
MERGE (d)-[r:`REFERENCES` {key: m.key}]->(i)
SET r.madeBy = 'kg-enrich', r.by = m.by, r.at = m.at
RETURN count(r) AS edges

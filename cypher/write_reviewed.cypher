// Purpose: makes the REVIEWED edges of words, and mends those that are there.
// Parameters: rows of document, image (ids as the graph has them), key, at (ISO time) and
//   properties.
// Columns: none.
UNWIND $rows AS row
MATCH (d:`Document`) WHERE d.`id` = row.document
MATCH (i:`Image`) WHERE i.`id` = row.image
MERGE (d)-[v:REVIEWED {key: row.key}]->(i)
SET v += row.properties, v.at = datetime(row.at)

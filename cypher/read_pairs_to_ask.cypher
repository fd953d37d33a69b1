// Purpose: what the graph has of pairs that may be asked about.
// Parameters: rows of number, documents, images (the values that their ids may have), others (the
//   values that the ids of images like it may have).
// Columns: number, nodes (pairs of nodes with these ids), spoken (whether a person's word on the
//   pair is in force), hash (of the image's bytes, or null), hashes (lists of id, hash: of others).
UNWIND $rows AS row
MATCH (d:`Document`) WHERE d.`id` IN row.documents
MATCH (i:`Image`) WHERE i.`id` IN row.images
WITH row, d, i, EXISTS { (d)-[:REVIEWED]->(i) } AS spoken
WITH row, count(*) AS nodes, any(one IN collect(spoken) WHERE one) AS spoken,
  max(i.imageHash) AS hash
RETURN row.number AS number, nodes, spoken, hash,
  COLLECT { MATCH (i:`Image`) WHERE i.`id` IN row.others RETURN [i.`id`, i.imageHash] } AS hashes

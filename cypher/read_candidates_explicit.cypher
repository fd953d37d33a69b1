// Purpose: candidates that somebody set as CANDIDATE_IMAGE edges.
// Parameters: documents (rows of id).
// Columns: document, image (a list).
UNWIND $documents AS row
MATCH (d:`Document`)
WHERE d.`id` = row.id
RETURN row.id AS document, [(d)-[:CANDIDATE_IMAGE]->(i:`Image`) | i.`id`] AS image

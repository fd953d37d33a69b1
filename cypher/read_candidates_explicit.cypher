// Purpose: candidates that somebody set as CANDIDATE_IMAGE edges.
// Parameters: documents (rows of id).
// Columns: document, image.
UNWIND $documents AS row
MATCH (d:`Document`)-[:CANDIDATE_IMAGE]->(i:`Image`)
WHERE d.`id` = row.id
RETURN row.id AS document, i.`id` AS image

// Purpose: whether somebody has set candidates as edges.
// Parameters: none.
// Columns: document (one row, or none).
MATCH (d:`Document`)-[:CANDIDATE_IMAGE]->(:`Image`)
RETURN d.`id` AS document
LIMIT 1

// Purpose: every image for every document; for small graphs.
// Parameters: documents (rows of id).
// Columns: document, image (a list).
MATCH (i:`Image`)
WITH collect(i.`id`) AS image
UNWIND $documents AS row
RETURN row.id AS document, image

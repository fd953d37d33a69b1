// Purpose: candidates under the same container (folder, page, order) as the document.
// Parameters: documents (rows of id).
// Columns: document, image (a list).
UNWIND $documents AS row
MATCH (d:`Document`)
WHERE d.`id` = row.id
RETURN row.id AS document, COLLECT {
  MATCH (d)-[:`CONTAINS`]-(p:`Container`)
  MATCH (p)-[:`CONTAINS`]-(i:`Image`)
  RETURN DISTINCT i.`id` ORDER BY i.`id`
} AS image

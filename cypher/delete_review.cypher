// Purpose: takes a person's word on a pair back.
// Parameters: document, image (ids as the graph has them).
// Columns: none.
MATCH (d:`Document`)-[v:REVIEWED]->(i:`Image`)
WHERE d.`id` = $document AND i.`id` = $image
DELETE v

// Purpose: the images that a document references.
// Parameters: document (its id as the graph has it), limit.
// Columns: id.
MATCH (d:`Document` {`id`: $document})-[:`REFERENCES`]->(i:`Image`)
RETURN DISTINCT i.`id` AS id ORDER BY toString(id) LIMIT $limit

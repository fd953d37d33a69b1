// Purpose: a source's edges of some documents that were made after a moment.
// Parameters: documents (values that their ids may have), source, at (ISO time).
// Columns: document, image.
MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(i:`Image`)
WHERE d.`id` IN $documents AND r.source = $source AND r.createdAt > datetime($at)
RETURN d.`id` AS document, i.`id` AS image

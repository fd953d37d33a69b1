// Purpose: the keys of all that was published of documents, from every source.
// Parameters: documents (ids).
// Columns: key, document, image, source.
MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(i:`Image`)
WHERE d.`id` IN $documents
RETURN r.key AS key, d.`id` AS document, i.`id` AS image, r.source AS source

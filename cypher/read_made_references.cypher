// Purpose: the images that people's own references name, of these documents.
// Parameters: ids (of documents), ours (as `madeBy` says of references made through us).
// Columns: document, image.
MATCH (d:`Document`)-[r:`REFERENCES`]->(i:`Image`)
WHERE d.`id` IN $ids AND (r.madeBy IS NULL OR r.madeBy <> $ours)
RETURN DISTINCT d.`id` AS document, i.`id` AS image

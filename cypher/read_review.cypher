// Purpose: a person's word on a pair.
// Parameters: document, image (ids as the graph has them).
// Columns: decision, reasons, note, by, at (ISO time); no row when nobody has said anything.
MATCH (d:`Document`)-[v:REVIEWED]->(i:`Image`)
WHERE d.`id` = $document AND i.`id` = $image
RETURN v.decision AS decision, coalesce(v.reasons, []) AS reasons, coalesce(v.note, '') AS note,
  coalesce(v.by, '') AS by, toString(v.at) AS at

// Purpose: documents that still have evidence from images which are held back.
// Parameters: images (the values their ids may have), source.
// Columns: document.
MATCH (i:`Image`) WHERE i.`id` IN $images
MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(i)
WHERE r.source = $source
  AND NOT EXISTS { (d)-[v:REVIEWED]->(i) WHERE v.decision = 'accept' AND NOT coalesce(v.stale, false) }
RETURN DISTINCT d.`id` AS document

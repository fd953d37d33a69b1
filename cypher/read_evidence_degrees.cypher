// Purpose: images that are close to being a hub, with the documents they are evidence for.
// Parameters: images, source, limit, adding (edges that one may get). The cheap count over all
//   sources comes first, because an image's edges are only walked when there are many.
// Columns: image, documents (but for those that a person accepted, which make no hub).
MATCH (i:`Image`)
WHERE i.`id` IN $images AND COUNT { (i)<-[:`HAS_EVIDENCE`]-() } + $adding > $limit
RETURN i.`id` AS image,
  COUNT { (i)<-[r:`HAS_EVIDENCE`]-() WHERE r.source = $source }
  - COUNT {
    MATCH (d)-[v:REVIEWED]->(i)
    WHERE v.decision = 'accept' AND NOT coalesce(v.stale, false)
      AND EXISTS { (d)-[r:`HAS_EVIDENCE`]->(i) WHERE r.source = $source }
    RETURN DISTINCT d
  } AS documents

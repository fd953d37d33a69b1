// Purpose: images that are close to being a hub, with the documents they are evidence for.
// Parameters: images, source, limit. The cheap count over all sources comes first, because an
//   image's edges are only walked when there are many.
// Columns: image, documents.
MATCH (i:`Image`)
WHERE i.`id` IN $images AND COUNT { (i)<-[:`HAS_EVIDENCE`]-() } + $adding > $limit
RETURN i.`id` AS image,
  COUNT { (i)<-[r:`HAS_EVIDENCE`]-() WHERE r.source = $source } AS documents

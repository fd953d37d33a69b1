// Purpose: images that are close to being a hub, with the documents that they and their copies,
//   images of the very same bytes, are evidence for.
// Parameters: images, source, limit, adding (documents that one may get), documents (ids of those
//   that are not to be counted). The cheap count over all sources comes first, because an image's
//   edges are only walked when there are many.
// Columns: image, documents (but for those that a person accepted, which make no hub).
MATCH (i:`Image`)
WHERE i.`id` IN $images
// A picture is looked up once, however many of its copies are asked for.
WITH i.imageHash AS hash, CASE WHEN i.imageHash IS NULL THEN i END AS single, collect(i) AS asked
WITH hash, single, asked, COLLECT {
  MATCH (copy:`Image`) WHERE copy.imageHash = hash RETURN copy
} AS found
UNWIND CASE WHEN hash IS NULL THEN asked ELSE found END AS copy
WITH hash, single, asked, copy, COUNT { (copy)<-[:`HAS_EVIDENCE`]-() } AS edges
WITH hash, single, head(collect(asked)) AS asked, collect(copy) AS copies, sum(edges) AS edges
WHERE edges + $adding > $limit
WITH asked, COUNT {
  UNWIND copies AS copy
  MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(copy)
  WHERE r.source = $source AND NOT d.`id` IN $documents AND NOT EXISTS {
    MATCH (d)-[v:REVIEWED]->(copy)
    WHERE v.decision = 'accept' AND NOT coalesce(v.stale, false)
  }
  RETURN DISTINCT d
} AS documents
UNWIND asked AS i
RETURN i.`id` AS image, documents

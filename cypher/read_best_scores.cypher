// Purpose: the best scores that images, or copies of the very same bytes, have as evidence for
//   other documents: who takes an image's places.
// Parameters: images, source, documents (ids of those that are not to be counted), limit (scores a
//   picture).
// Columns: image, scores (best first; no row without any).
MATCH (i:`Image`)
WHERE i.`id` IN $images
// A picture is looked up once, however many of its copies are asked for.
WITH i.imageHash AS hash, CASE WHEN i.imageHash IS NULL THEN i END AS single, collect(i) AS asked
WITH asked, hash, COLLECT {
  MATCH (copy:`Image`) WHERE copy.imageHash = hash RETURN copy
} AS found
WITH asked, CASE WHEN hash IS NULL THEN asked ELSE found END AS copies
WITH asked, COLLECT {
  UNWIND copies AS copy
  MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(copy)
  WHERE r.source = $source AND NOT d.`id` IN $documents
  WITH d, max(r.score) AS score
  RETURN score ORDER BY score DESC LIMIT $limit
} AS scores
WHERE size(scores) > 0
UNWIND asked AS i
RETURN i.`id` AS image, scores

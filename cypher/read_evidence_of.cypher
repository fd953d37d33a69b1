// Purpose: the published evidence of some documents, each one's best first.
// Parameters: ids (of the documents), source, minimum (confidence; null is any), labels (of the
//   document, all of them), unreviewed (leave out what a person spoke of).
// Columns: document, title, image, path, source, confidence, score, reason, referenced, reviews
//   (maps of decision, by, at, stale), hash (of the image's bytes, or null).
MATCH (d:`Document`) WHERE d.`id` IN $ids
MATCH (d)-[r:`HAS_EVIDENCE`]->(i:`Image`)
WHERE ($source IS NULL OR r.source = $source)
  AND ($minimum IS NULL OR r.confidence >= $minimum)
  AND all(label IN $labels WHERE label IN labels(d))
  AND NOT ($unreviewed AND EXISTS { (d)-[:REVIEWED]->(i) })
RETURN d.`id` AS document, d.`title` AS title, i.`id` AS image, i.`path` AS path,
  r.source AS source, r.confidence AS confidence, r.score AS score, r.reason AS reason,
  EXISTS { (d)-[:`REFERENCES`]->(i) } AS referenced,
  [(d)-[v:REVIEWED]->(i) | {decision: v.decision, by: coalesce(v.by, ''), at: toString(v.at),
    stale: coalesce(v.stale, false)}] AS reviews,
  i.imageHash AS hash
ORDER BY toString(document), confidence DESC, toString(image)

// Purpose: the next published evidence in order of its keys.
// Parameters: after (the last key seen, '' at first), limit, source, minimum (confidence; null is
//   any), labels (of the document, all of them), unreviewed (leave out what a person spoke of).
// Columns: key, document, title, image, path, source, confidence, score, reason, referenced,
//   reviews (maps of decision, by, at, stale), run, updated (ISO time).
MATCH (d:`Document`)-[r:`HAS_EVIDENCE`]->(i:`Image`)
WHERE r.key > $after
  AND ($source IS NULL OR r.source = $source)
  AND ($minimum IS NULL OR r.confidence >= $minimum)
  AND all(label IN $labels WHERE label IN labels(d))
  AND NOT ($unreviewed AND EXISTS { (d)-[:REVIEWED]->(i) })
WITH d, r, i ORDER BY r.key LIMIT $limit
RETURN r.key AS key, d.`id` AS document, d.`title` AS title, i.`id` AS image, i.`path` AS path,
  r.source AS source, r.confidence AS confidence, r.score AS score, r.reason AS reason,
  EXISTS { (d)-[:`REFERENCES`]->(i) } AS referenced,
  [(d)-[v:REVIEWED]->(i) | {decision: v.decision, by: coalesce(v.by, ''), at: toString(v.at),
    stale: coalesce(v.stale, false)}] AS reviews,
  r.runId AS run, toString(r.updatedAt) AS updated
ORDER BY key

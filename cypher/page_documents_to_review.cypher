// Purpose: the next documents with published evidence, in order of their ids.
// Parameters: after (the last id seen; '' begins the strings, -infinity the numbers), limit,
//   source, minimum (confidence; null is any), labels (of the document, all of them), unreviewed
//   (only those with evidence that nobody spoke of).
// Columns: id.
MATCH (d:`Document`)
WHERE d.`id` > $after AND all(label IN $labels WHERE label IN labels(d))
  AND EXISTS {
    MATCH (d)-[r:`HAS_EVIDENCE`]->(i:`Image`)
    WHERE r.source = $source AND ($minimum IS NULL OR r.confidence >= $minimum)
      AND NOT ($unreviewed AND EXISTS { (d)-[:REVIEWED]->(i) })
  }
RETURN d.`id` AS id
ORDER BY id LIMIT $limit

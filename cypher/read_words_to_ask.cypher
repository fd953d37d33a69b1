// Purpose: pairs of which people must be asked again: their words differ, or all that was decided
//   is about contents that are no more.
// Parameters: limit.
// Columns: document, image, conflict (else the words are stale); conflicts first.
MATCH (d:`Document`)-[v:REVIEWED]->(i:`Image`)
WHERE v.decision IN ['accept', 'reject']
WITH d, i, collect(DISTINCT CASE WHEN NOT coalesce(v.stale, false) THEN v.decision END) AS fresh
WHERE size(fresh) <> 1
RETURN d.`id` AS document, i.`id` AS image, size(fresh) > 1 AS conflict
ORDER BY conflict DESC, toString(document), toString(image) LIMIT $limit

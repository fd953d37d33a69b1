// Purpose: the document ids of a range in order, each once however many nodes carry it.
// Parameters: first, last (of the range, both strings or both numbers), limit.
// Columns: id.
MATCH (d:`Document`)
WHERE $first <= d.`id` <= $last
WITH d.`id` AS id, count(*) AS copies
RETURN id ORDER BY id LIMIT $limit

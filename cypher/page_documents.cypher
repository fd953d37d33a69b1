// Purpose: the next document ids in order, each once however many nodes carry it.
// Parameters: after (the last id seen; '' begins the strings, -infinity the numbers), limit.
// Columns: ids (one row).
MATCH (d:`Document`)
WHERE d.`id` >= $after
WITH DISTINCT d.`id` AS id ORDER BY id LIMIT $limit
RETURN collect(id) AS ids

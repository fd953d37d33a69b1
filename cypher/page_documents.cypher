// Purpose: the next document ids in order, each once however many nodes carry it.
// Parameters: after (the last id seen; '' begins the strings, -infinity the numbers), limit.
// Columns: id.
MATCH (d:`Document`)
WHERE d.`id` >= $after
WITH d.`id` AS id, count(*) AS copies
RETURN id ORDER BY id LIMIT $limit

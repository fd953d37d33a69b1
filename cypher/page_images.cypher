// Purpose: the next image ids in order, each once however many nodes carry it.
// Parameters: after (the last id seen; '' begins the strings, -infinity the numbers), limit.
// Columns: ids (one row).
MATCH (i:`Image`)
WHERE i.`id` >= $after
WITH DISTINCT i.`id` AS id ORDER BY id LIMIT $limit
RETURN collect(id) AS ids

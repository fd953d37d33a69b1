// Purpose: the next image ids in order, each once however many nodes carry it.
// Parameters: after (the last id seen; '' begins the strings, -infinity the numbers), limit.
// Columns: id.
MATCH (i:`Image`)
WHERE i.`id` >= $after
WITH i.`id` AS id, count(*) AS copies
RETURN id ORDER BY id LIMIT $limit

// Purpose: the next document ids in order of what these containers hold, each once.
// Parameters: containers (their keys), after (the last id seen; '' begins the strings, -infinity
//   the numbers), limit.
// Columns: ids (one row).
MATCH (p:`Container`)-[:`CONTAINS`]-(d:`Document`)
WHERE p.`id` IN $containers AND d.`id` >= $after
WITH DISTINCT d.`id` AS id ORDER BY id LIMIT $limit
RETURN collect(id) AS ids

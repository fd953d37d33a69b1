// Purpose: which of these containers are there.
// Parameters: ids (the values their keys may have).
// Columns: id.
MATCH (p:`Container`)
WHERE p.`id` IN $ids
RETURN DISTINCT p.`id` AS id

// Purpose: removes documents whose sections are gone, with all that hangs on them.
// Parameters: ids.
// Columns: removed (how many).
MATCH (d:`Document`)
WHERE d.`id` IN $ids
DETACH DELETE d
RETURN count(*) AS removed

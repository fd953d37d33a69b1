// Purpose: removes images whose files are gone, with all that hangs on them.
// Parameters: ids.
// Columns: removed (how many).
MATCH (i:`Image`)
WHERE i.`id` IN $ids
DETACH DELETE i
RETURN count(*) AS removed

// Purpose: locks documents until the transaction ends; setting its own label changes nothing.
// Parameters: documents (rows of ids, in the order in which everybody locks).
// Columns: id.
UNWIND $documents AS row
MATCH (d:`Document`)
WHERE d.`id` IN row.ids
SET d:`Document`
RETURN d.`id` AS id

// Purpose: find images by their key. An index, not a constraint: the label is the user's.
// Parameters: name (of the index).
// Columns: none.
CREATE RANGE INDEX $name IF NOT EXISTS FOR (i:`Image`) ON (i.`id`)

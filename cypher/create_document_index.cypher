// Purpose: find documents by their key. An index, not a constraint: the label is the user's.
// Parameters: name (of the index).
// Columns: none.
CREATE RANGE INDEX $name IF NOT EXISTS FOR (d:`Document`) ON (d.`id`)

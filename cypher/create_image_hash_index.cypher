// Purpose: find images of the very same bytes. An index, not a constraint: copies are usual.
// Parameters: name (of the index).
// Columns: none.
CREATE RANGE INDEX $name IF NOT EXISTS FOR (i:`Image`) ON (i.imageHash)

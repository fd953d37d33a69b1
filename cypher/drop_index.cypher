// Purpose: drop an index that nobody asked for.
// Parameters: name (of the index).
// Columns: none.
DROP INDEX $name IF EXISTS

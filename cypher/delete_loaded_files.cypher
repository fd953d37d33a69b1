// Purpose: forgets files that are gone.
// Parameters: keys.
// Columns: none.
UNWIND $keys AS key
MATCH (f:LoadedFile {key: key})
DELETE f

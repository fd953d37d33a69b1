// Purpose: forgets failures of images that can be read again.
// Parameters: keys.
// Columns: none.
UNWIND $keys AS key
MATCH (f:ReadFailure {key: key})
DETACH DELETE f

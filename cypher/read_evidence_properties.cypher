// Purpose: edges as they are, to be put back by a rollback.
// Parameters: keys.
// Columns: key, properties.
UNWIND $keys AS key
MATCH ()-[r:`HAS_EVIDENCE` {key: key}]->()
RETURN key, properties(r) AS properties

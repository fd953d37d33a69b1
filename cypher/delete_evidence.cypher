// Purpose: withdraws evidence. By key, because a walk from a hub's node takes 100 ms an edge.
// Parameters: keys.
// Columns: none.
UNWIND $keys AS key
MATCH ()-[r:`HAS_EVIDENCE` {key: key}]->()
DELETE r

// Purpose: ends a session.
// Parameters: hash.
// Columns: none.
MATCH (s:ServiceSession {hash: $hash})
DETACH DELETE s

// Purpose: the token in force behind a session that is not over.
// Parameters: hash.
// Columns: id, name, role; no row when there is none.
MATCH (s:ServiceSession {hash: $hash})
WHERE s.expiresAt > datetime.realtime()
MATCH (t:ServiceToken {id: s.token})
WHERE t.revokedAt IS NULL
RETURN t.id AS id, t.name AS name, t.role AS role

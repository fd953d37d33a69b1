// Purpose: the token in force of this hash.
// Parameters: hash.
// Columns: id, name, role; no row for another hash, or for a token that was revoked.
MATCH (t:ServiceToken {hash: $hash})
WHERE t.revokedAt IS NULL
RETURN t.id AS id, t.name AS name, t.role AS role

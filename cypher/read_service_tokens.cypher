// Purpose: all tokens there have been, the newest first.
// Parameters: none.
// Columns: id, name, role, created, revoked (ISO times; null: it is in force).
MATCH (t:ServiceToken)
RETURN t.id AS id, t.name AS name, t.role AS role, toString(t.createdAt) AS created,
  toString(t.revokedAt) AS revoked
ORDER BY t.createdAt DESC, id

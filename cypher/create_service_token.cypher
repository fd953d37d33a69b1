// Purpose: keeps a token by its hash; the token itself is kept nowhere.
// Parameters: hash, id, name, role.
// Columns: created (ISO time).
CREATE (t:ServiceToken {hash: $hash, id: $id, name: $name, role: $role,
  createdAt: datetime.realtime()})
RETURN toString(t.createdAt) AS created

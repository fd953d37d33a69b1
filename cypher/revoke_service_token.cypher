// Purpose: revokes a token and ends its sessions; done twice, it is done once.
// Parameters: id.
// Columns: id, name, role, created, revoked (ISO times).
MATCH (t:ServiceToken {id: $id})
SET t.revokedAt = coalesce(t.revokedAt, datetime.realtime())
WITH t
OPTIONAL MATCH (s:ServiceSession {token: t.id})
DETACH DELETE s
WITH DISTINCT t
RETURN t.id AS id, t.name AS name, t.role AS role, toString(t.createdAt) AS created,
  toString(t.revokedAt) AS revoked

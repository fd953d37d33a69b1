// Purpose: begins a session of a token, and forgets the sessions that are over.
// Parameters: hash, token (id), seconds (how long it lasts).
// Columns: none.
OPTIONAL MATCH (old:ServiceSession) WHERE old.expiresAt < datetime.realtime()
DETACH DELETE old
WITH DISTINCT 1 AS one
CREATE (:ServiceSession {hash: $hash, token: $token, createdAt: datetime.realtime(),
  expiresAt: datetime.realtime() + duration({seconds: $seconds})})

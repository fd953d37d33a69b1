// Purpose: reserves an item for one reviewer, unless it is with another; forgets what ran out.
// Parameters: key, document (id as text), by, seconds (how long).
// Columns: key; no row when it is with somebody else.
OPTIONAL MATCH (old:ReviewReservation)
WHERE old.key <> $key AND old.until < datetime.realtime()
DELETE old
WITH DISTINCT 1 AS one
MERGE (r:ReviewReservation {key: $key})
// Its own label: the lock comes before the look, so that two cannot both find it free.
SET r:ReviewReservation
WITH r
WHERE r.by IS NULL OR r.by = $by OR r.until < datetime.realtime()
SET r.document = $document, r.by = $by,
  r.until = datetime.realtime() + duration({seconds: $seconds})
RETURN r.key AS key

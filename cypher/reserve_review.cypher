// Purpose: reserves an item for one reviewer, unless it is with another; forgets what ran out.
// Parameters: key, document (id as text), by, tab (which of the reviewer's pages holds it; '':
//   not known), seconds (how long).
// Columns: key; no row when it is with somebody else.
OPTIONAL MATCH (old:ReviewReservation)
WHERE old.key <> $key AND old.until < datetime.realtime()
DELETE old
WITH DISTINCT 1 AS one
MERGE (r:ReviewReservation {key: $key})
// Its own label: the lock comes before the look, so that two cannot both find it free.
SET r:ReviewReservation
WITH r, coalesce(r.until >= datetime.realtime(), false) AS held
WHERE r.by = $by OR NOT held
WITH r, CASE WHEN held THEN coalesce(r.tabs, []) ELSE [] END AS tabs
SET r.document = $document, r.by = $by,
  r.tabs = CASE WHEN $tab = '' OR $tab IN tabs THEN tabs ELSE tabs + $tab END,
  r.until = datetime.realtime() + duration({seconds: $seconds})
RETURN r.key AS key

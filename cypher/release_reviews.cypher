// Purpose: gives back what a reviewer has reserved, all but some items.
// Parameters: by, kept (keys).
// Columns: none.
MATCH (r:ReviewReservation)
WHERE r.by = $by AND NOT r.key IN $kept
DELETE r

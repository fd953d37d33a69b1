// Purpose: gives back what a reviewer has reserved, all but one item.
// Parameters: by, kept (key; '' for none).
// Columns: none.
MATCH (r:ReviewReservation)
WHERE r.by = $by AND r.key <> $kept
DELETE r

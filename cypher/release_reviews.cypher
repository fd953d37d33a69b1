// Purpose: gives back what one of a reviewer's pages has reserved, all but some items; what another
//   page of theirs holds as well stays reserved.
// Parameters: by, tab, kept (keys).
// Columns: none.
MATCH (r:ReviewReservation)
WHERE r.by = $by AND $tab IN r.tabs AND NOT r.key IN $kept
SET r.tabs = [one IN r.tabs WHERE one <> $tab]
WITH r
WHERE size(r.tabs) = 0
DELETE r

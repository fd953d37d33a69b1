// Purpose: what is before other reviewers right now.
// Parameters: by (whose own are left out).
// Columns: document.
MATCH (r:ReviewReservation)
WHERE r.by <> $by AND r.until >= datetime.realtime()
RETURN r.document AS document

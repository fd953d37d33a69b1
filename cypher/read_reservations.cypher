// Purpose: what is before other reviewers right now, or before the same one in another tab.
// Parameters: by (whose own are left out), tab (of theirs; '': not known, all are left out).
// Columns: document.
MATCH (r:ReviewReservation)
WHERE r.until >= datetime.realtime()
  AND (r.by <> $by OR ($tab <> '' AND size(r.tabs) > 0 AND NOT $tab IN r.tabs))
RETURN r.document AS document

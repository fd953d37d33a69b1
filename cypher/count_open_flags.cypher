// Purpose: how many flags are open.
// Parameters: none.
// Columns: flags.
MATCH (f:EvidenceFlag {kind: 'unreferenced', status: 'open'})
RETURN count(f) AS flags

// Purpose: resolves open flags; the lock comes before the look, as a person may be dismissing one.
// Parameters: flags (ids), run.
// Columns: none.
UNWIND $flags AS flag
MATCH (f:EvidenceFlag {id: flag})
SET f:EvidenceFlag
WITH f WHERE f.status = 'open'
SET f.status = 'resolved', f.resolvedAt = datetime.realtime(), f.runId = $run

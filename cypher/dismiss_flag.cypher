// Purpose: dismisses a flag for good, as a person.
// Parameters: flag (id), reason, by.
// Columns: flag; no row when it was dismissed in just these words before.
MATCH (f:EvidenceFlag {id: $flag})
SET f:EvidenceFlag
WITH f WHERE f.status <> 'dismissed' OR f.reason <> $reason OR f.by <> $by
SET f.status = 'dismissed', f.reason = $reason, f.by = $by, f.resolvedAt = datetime.realtime()
RETURN f.id AS flag

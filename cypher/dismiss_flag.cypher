// Purpose: dismisses a flag, as a person, for as long as the image stays the same.
// Parameters: flag (id), reason, by.
// Columns: flag; no row when it was dismissed in just these words before.
MATCH (f:EvidenceFlag {id: $flag})
SET f:EvidenceFlag
WITH f WHERE f.status <> 'dismissed' OR f.reason <> $reason OR f.by <> $by
SET f.status = 'dismissed', f.reason = $reason, f.by = $by, f.resolvedAt = datetime.realtime(),
  f.imageHash = head([(f)-[:FLAGS]->(i:`Image`) | i.imageHash])
RETURN f.id AS flag

// Purpose: holds a source because a run was stopped by its brake, or ends that.
// Parameters: source, run (null ends it).
// Columns: none.
MATCH (s:EvidenceSource {name: $source})
SET s.brakedBy = $run,
  s.brakedAt = CASE WHEN $run IS NULL THEN null ELSE datetime.realtime() END

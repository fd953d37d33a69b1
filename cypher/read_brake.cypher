// Purpose: the run that was stopped by its brake, while nobody has allowed what it was about to do.
// Parameters: source.
// Columns: run (null: the source is not held).
MATCH (s:EvidenceSource {name: $source})
RETURN s.brakedBy AS run

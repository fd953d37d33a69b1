// Purpose: remembers that the start test of a model that writes reasons failed; the last one counts.
// Parameters: source, trial, why.
// Columns: none.
MATCH (s:EvidenceSource {name: $source})
SET s.failedTrial = $trial, s.failedTrialWhy = $why

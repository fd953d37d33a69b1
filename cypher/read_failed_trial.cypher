// Purpose: what was said when a start test of a model that writes reasons failed.
// Parameters: source, trial (of all that its outcome depends on).
// Columns: why. No row: this one did not fail.
MATCH (s:EvidenceSource {name: $source})
WHERE s.failedTrial = $trial
RETURN s.failedTrialWhy AS why

// Purpose: the policy that a source publishes by at this moment.
// Parameters: source.
// Columns: policy (JSON); no row when there is no such source.
MATCH (s:EvidenceSource {name: $source})
RETURN s.policy AS policy

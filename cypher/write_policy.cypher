// Purpose: stores the policy that a source publishes by from now on.
// Parameters: source, policy (JSON).
// Columns: none.
MATCH (s:EvidenceSource {name: $source})
SET s.policy = $policy

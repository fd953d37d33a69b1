// Purpose: every evidence source with the policy it publishes by.
// Parameters: none.
// Columns: source, policy (JSON).
MATCH (s:EvidenceSource)
RETURN s.name AS source, s.policy AS policy ORDER BY source

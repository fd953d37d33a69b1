// Purpose: an evidence source's policy and frozen state.
// Parameters: source.
// Columns: policy (JSON), state (bytes), stateVersion.
MATCH (s:EvidenceSource {name: $source})
RETURN s.policy AS policy, s.state AS state, s.stateVersion AS stateVersion

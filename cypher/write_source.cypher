// Purpose: begins an evidence source; one that is there already stays as it is.
// Parameters: source, policy (JSON), state (bytes), stateVersion.
// Columns: policy, state, stateVersion, as they are from now on.
MERGE (s:EvidenceSource {name: $source})
ON CREATE SET s.policy = $policy, s.state = $state, s.stateVersion = $stateVersion
RETURN s.policy AS policy, s.state AS state, s.stateVersion AS stateVersion

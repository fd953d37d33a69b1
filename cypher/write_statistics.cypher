// Purpose: renews an evidence source's frozen state.
// Parameters: source, state (bytes), stateVersion.
// Columns: formerVersion, one row; none where there is no such source.
MATCH (s:EvidenceSource {name: $source})
WITH s, s.stateVersion AS formerVersion
SET s.state = $state, s.stateVersion = $stateVersion
RETURN formerVersion

// Purpose: keeps others that lock a source waiting until this transaction ends.
// Parameters: source.
// Columns: none.
MATCH (s:EvidenceSource {name: $source})
SET s:EvidenceSource

// Purpose: removes an evidence source, so that whoever still writes for it is refused.
// Parameters: source.
// Columns: none.
MATCH (s:EvidenceSource {name: $source})
DELETE s

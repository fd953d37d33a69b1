// Purpose: the names of all evidence sources.
// Parameters: none.
// Columns: source.
MATCH (s:EvidenceSource)
RETURN s.name AS source ORDER BY source

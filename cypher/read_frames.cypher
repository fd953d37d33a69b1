// Purpose: what an audit's pairs could be drawn from, as filters.
// Parameters: audit.
// Columns: frame (bytes).
MATCH (w:EvidenceDraw {audit: $audit})
RETURN w.frame AS frame ORDER BY w.number

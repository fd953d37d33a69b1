// Purpose: a source's latest audit.
// Parameters: source.
// Columns: id, seed, by, at (ISO time); no row where there is none.
MATCH (a:EvidenceAudit {source: $source})
RETURN a.id AS id, a.seed AS seed, a.by AS by, toString(a.at) AS at
ORDER BY a.at DESC, a.id LIMIT 1

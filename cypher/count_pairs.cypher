// Purpose: how many judged pairs a source has on record.
// Parameters: source.
// Columns: pairs.
MATCH (l:EvidenceLedger {source: $source})
RETURN coalesce(sum(size(l.images)), 0) AS pairs

// Purpose: keeps an audit; one that is there stays as it is.
// Parameters: id, source, seed, by.
// Columns: none.
MERGE (a:EvidenceAudit {id: $id})
ON CREATE SET a.source = $source, a.seed = $seed, a.by = $by, a.at = datetime.realtime()

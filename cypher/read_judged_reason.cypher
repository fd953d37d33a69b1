// Purpose: why a source gave one pair its score.
// Parameters: key (of the document's ledger), image.
// Columns: reason; no row where the pair is not on record.
MATCH (l:EvidenceLedger {key: $key})
UNWIND range(0, size(l.images) - 1) AS n
WITH l, n WHERE l.images[n] = $image
RETURN l.reasons[n] AS reason

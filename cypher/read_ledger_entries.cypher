// Purpose: what the ledgers say of some images.
// Parameters: images (ids as text).
// Columns: image, score (NaN is an abstention), reason.
MATCH (l:EvidenceLedger)
WITH l, [k IN range(0, size(l.images) - 1) WHERE l.images[k] IN $images] AS found
UNWIND found AS k
RETURN l.images[k] AS image, l.scores[k] AS score, l.reasons[k] AS reason

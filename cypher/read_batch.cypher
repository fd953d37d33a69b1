// Purpose: what was said together under a token.
// Parameters: batch.
// Columns: at (of the first word, ISO time), notes, decisions (the different ones).
MATCH (w:EvidenceReview)
WHERE w.batch = $batch
WITH min(w.at) AS at, collect(DISTINCT w.note) AS notes, collect(DISTINCT w.decision) AS decisions
WHERE at IS NOT NULL
RETURN toString(at) AS at, notes, decisions

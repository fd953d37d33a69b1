// Purpose: how a source's scores are spread, over all that it judged.
// Parameters: source, bins (a point of score).
// Columns: bin (from 0), pairs.
MATCH (l:EvidenceLedger)
WHERE l.source = $source
UNWIND l.scores AS score
WITH score WHERE NOT isNaN(score)
RETURN toInteger(floor(score * $bins)) AS bin, count(*) AS pairs

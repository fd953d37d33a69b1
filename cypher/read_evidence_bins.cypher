// Purpose: how the scores of a source's published evidence are spread.
// Parameters: source, bins (a point of score).
// Columns: bin (from 0), pairs.
MATCH (:`Document`)-[r:`HAS_EVIDENCE`]->(:`Image`)
WHERE r.source = $source
RETURN toInteger(floor(r.score * $bins)) AS bin, count(*) AS pairs

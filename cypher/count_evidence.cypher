// Purpose: how many edges a source has published.
// Parameters: source.
// Columns: edges.
MATCH ()-[r:`HAS_EVIDENCE`]->()
WHERE r.source = $source
RETURN count(r) AS edges

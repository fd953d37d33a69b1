// Purpose: whether anything of a source is left in the graph.
// Parameters: source.
// Columns: one (one row, or none).
OPTIONAL MATCH (n:EvidenceLedger|EvidenceHold {source: $source})
WITH n LIMIT 1
WHERE n IS NOT NULL OR EXISTS { MATCH (:`Document`)-[r:`HAS_EVIDENCE`]->() WHERE r.source = $source }
RETURN true AS one

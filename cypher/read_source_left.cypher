// Purpose: whether anything of a source is left in the graph, or a prune of it that has not ended.
// Parameters: source.
// Columns: one (one row, or none).
OPTIONAL MATCH (n:EvidenceLedger|EvidenceHold|EvidenceQueueItem {source: $source})
WITH n LIMIT 1
WHERE n IS NOT NULL
  OR EXISTS { MATCH (:`Document`)-[r:`HAS_EVIDENCE`]->() WHERE r.source = $source }
  OR EXISTS { MATCH (run:EnrichmentRun {status: 'running', kind: 'prune', source: $source}) }
RETURN true AS one

// Purpose: how much there is, from Neo4j's own counters, and which sources their brake holds.
// Parameters: none.
// Columns: documents, images, evidence, openFlags, braked (sources' names).
RETURN COUNT { (:`Document`) } AS documents, COUNT { (:`Image`) } AS images,
  COUNT { ()-[:`HAS_EVIDENCE`]->() } AS evidence,
  COUNT { (:EvidenceFlag {status: 'open'}) } AS openFlags,
  COLLECT { MATCH (s:EvidenceSource) WHERE s.brakedBy IS NOT NULL RETURN s.name } AS braked

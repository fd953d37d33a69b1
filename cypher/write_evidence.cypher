// Purpose: publishes evidence: makes the edge or rewrites what it says.
// Parameters: rows of key, document, image (ids as the graph has them), score, confidence,
//   reason, fingerprint, model, calibration (null: none); source, run.
// Columns: keys, of the edges written (one row).
UNWIND $rows AS row
MATCH (d:`Document`) WHERE d.`id` = row.document
MATCH (i:`Image`) WHERE i.`id` = row.image
MERGE (d)-[r:`HAS_EVIDENCE` {key: row.key}]->(i)
ON CREATE SET r.createdAt = datetime.realtime()
SET r.score = row.score, r.confidence = row.confidence, r.reason = row.reason,
  r.fingerprint = row.fingerprint, r.source = $source, r.model = row.model, r.runId = $run,
  r.calibration = row.calibration, r.updatedAt = datetime.realtime()
RETURN collect(row.key) AS keys

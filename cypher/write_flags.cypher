// Purpose: raises flags, or mends what open ones say. A person's dismissal stands while the image
//   is the same; only its edge is put back, when the image was deleted and loaded anew.
// Parameters: rows of flag, image (its id as the graph has it), confidence; run.
// Columns: none.
UNWIND $rows AS row
MATCH (i:`Image`) WHERE i.`id` = row.image
MERGE (f:EvidenceFlag {id: row.flag})
ON CREATE SET f.kind = 'unreferenced'
SET f:EvidenceFlag
MERGE (f)-[:FLAGS]->(i)
WITH f, i, row, coalesce(f.status, '') AS status
WHERE status <> 'dismissed' OR f.imageHash <> i.imageHash
SET f.confidence = row.confidence, f.status = 'open', f.resolvedAt = null,
  f.raisedAt = CASE status WHEN 'open' THEN f.raisedAt ELSE datetime.realtime() END,
  f.runId = CASE status WHEN 'open' THEN f.runId ELSE $run END

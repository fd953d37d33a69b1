// Purpose: puts edges back as an undo chunk kept them.
// Parameters: rows of key, document, image (ids as the graph has them), properties (times as
//   text).
// Columns: none.
UNWIND $rows AS row
MATCH (d:`Document`) WHERE d.`id` = row.document
MATCH (i:`Image`) WHERE i.`id` = row.image
MERGE (d)-[r:`HAS_EVIDENCE` {key: row.key}]->(i)
// An undo of an older release says nothing of a calibration: there was none.
SET r += row.properties, r.calibration = row.properties.calibration,
  r.createdAt = datetime(row.properties.createdAt),
  r.updatedAt = datetime(row.properties.updatedAt)

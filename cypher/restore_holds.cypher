// Purpose: puts holds back as an undo chunk kept them.
// Parameters: rows of key, properties (times as text).
// Columns: none.
UNWIND $rows AS row
MERGE (h:EvidenceHold {key: row.key})
SET h += row.properties, h.at = datetime(row.properties.at)

// Purpose: puts ledgers back as an undo chunk kept them.
// Parameters: rows of key, properties (judgedAt in milliseconds of the epoch).
// Columns: none.
UNWIND $rows AS row
MERGE (l:EvidenceLedger {key: row.key})
SET l += row.properties, l.reasonVersions = row.properties.reasonVersions,
  l.judgedAt = datetime({epochMillis: row.properties.judgedAt})

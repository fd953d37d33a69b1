// Purpose: holds images back.
// Parameters: source, run, why (hub or rivals), rows of key, image, documents.
// Columns: none.
UNWIND $rows AS row
MERGE (h:EvidenceHold {key: row.key})
ON CREATE SET h.source = $source, h.image = row.image, h.runId = $run, h.at = datetime.realtime()
SET h.documents = row.documents, h.why = $why

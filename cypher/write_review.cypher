// Purpose: records a person's word on a pair, in place of an earlier one.
// Parameters: document, image (ids as the graph has them), decision, reasons, note, by.
// Columns: none.
MATCH (d:`Document`) WHERE d.`id` = $document
MATCH (i:`Image`) WHERE i.`id` = $image
MERGE (d)-[v:REVIEWED]->(i)
SET v.decision = $decision, v.reasons = $reasons, v.note = $note, v.by = $by,
  v.at = datetime.realtime()

// Purpose: gives documents other ids; what people said of them goes along.
// Parameters: rows of former, id, in an order in which no id is taken before it is free.
// Columns: none.
UNWIND $rows AS row
CALL (row) {
  MATCH (d:`Document`) WHERE d.`id` = row.former
  SET d.`id` = row.id
}
CALL (row) {
  MATCH (w:EvidenceReview {document: row.former})
  SET w.document = row.id
}

// Purpose: gives documents other ids; what people said of them goes along, and so do their references,
//   and the pairs that audits drew.
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
CALL (row) {
  MATCH (p:AuditedPair {document: row.former})
  SET p.document = row.id
}
CALL (row) {
  MATCH (m:MadeReference {document: row.former})
  SET m.document = row.id
}

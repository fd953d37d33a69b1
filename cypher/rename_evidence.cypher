// Purpose: gives evidence the keys that go with its documents' other ids.
// Parameters: rows of former, key, in an order in which no key is taken before it is free.
// Columns: none.
UNWIND $rows AS row
CALL (row) {
  MATCH ()-[r:`HAS_EVIDENCE` {key: row.former}]->()
  SET r.key = row.key
}

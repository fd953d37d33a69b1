// Purpose: removes ledgers that hold nothing any more.
// Parameters: keys.
// Columns: none.
UNWIND $keys AS key
MATCH (l:EvidenceLedger {key: key})
DELETE l

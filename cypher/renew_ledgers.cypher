// Purpose: says of ledgers that all they hold was judged again just now, and came out the same.
// Parameters: keys.
// Columns: none.
UNWIND $keys AS key
MATCH (l:EvidenceLedger {key: key})
SET l.judgedAt = datetime.realtime()

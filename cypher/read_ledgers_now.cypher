// Purpose: in which run's name ledgers stand now.
// Parameters: keys.
// Columns: key, runId; no row where there is no ledger.
UNWIND $keys AS key
MATCH (l:EvidenceLedger {key: key})
RETURN key, l.runId AS runId

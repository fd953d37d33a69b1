// Purpose: lets images go that were held back as hubs.
// Parameters: keys.
// Columns: none.
UNWIND $keys AS key
MATCH (h:EvidenceHold {key: key})
DELETE h

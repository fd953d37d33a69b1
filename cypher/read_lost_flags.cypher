// Purpose: flags whose image is gone. Dismissed ones wait for it: images that are deleted and
//   loaded anew every night stay dismissed.
// Parameters: none.
// Columns: flag.
MATCH (f:EvidenceFlag)
WHERE f.status <> 'dismissed' AND NOT EXISTS { (f)-[:FLAGS]->() }
RETURN f.id AS flag

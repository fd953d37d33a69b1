// Purpose: removes flags whose image is gone.
// Parameters: flags (ids).
// Columns: none.
UNWIND $flags AS flag
MATCH (f:EvidenceFlag {id: flag})
SET f:EvidenceFlag
WITH f WHERE f.status <> 'dismissed' AND NOT EXISTS { (f)-[:FLAGS]->() }
DELETE f

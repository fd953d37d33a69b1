// Purpose: removes an undo chunk that was put back.
// Parameters: key.
// Columns: none.
MATCH (u:EvidenceUndo {key: $key})
DETACH DELETE u

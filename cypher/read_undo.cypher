// Purpose: what a batch found before it changed it.
// Parameters: key.
// Columns: before (bytes: zlib of JSON).
MATCH (u:EvidenceUndo {key: $key})
RETURN u.before AS before

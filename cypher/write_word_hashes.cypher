// Purpose: completes words by the hashes of contents that could not be known when they were said.
// Parameters: rows of key, textHash, imageHash (null: still not known).
// Columns: none.
UNWIND $rows AS row
MATCH (w:EvidenceReview {key: row.key})
SET w.textHash = coalesce(w.textHash, row.textHash),
  w.imageHash = coalesce(w.imageHash, row.imageHash)

// Purpose: how many words people have said.
// Parameters: none.
// Columns: decision ('none': taken back), words.
MATCH (w:EvidenceReview)
RETURN w.decision AS decision, count(*) AS words

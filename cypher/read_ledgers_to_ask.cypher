// Purpose: what a source judged, as much as says what is doubtful.
// Parameters: source.
// Columns: document, images, scores, logOdds.
MATCH (l:EvidenceLedger)
WHERE l.source = $source
RETURN l.document AS document, l.images AS images, l.scores AS scores, l.logOdds AS logOdds

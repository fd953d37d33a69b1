// Purpose: what a source has judged of these documents.
// Parameters: keys (of ledgers).
// Columns: document, images, scores, logOdds, fingerprints.
UNWIND $keys AS key
MATCH (l:EvidenceLedger {key: key})
RETURN l.document AS document, l.images AS images, l.scores AS scores, l.logOdds AS logOdds,
  l.fingerprints AS fingerprints

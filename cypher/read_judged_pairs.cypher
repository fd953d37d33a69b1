// Purpose: what is on record of the pairs of some documents, from one source.
// Parameters: keys (of ledgers).
// Columns: document, images, scores, logOdds, fingerprints, reasons (lists of one length).
MATCH (l:EvidenceLedger)
WHERE l.key IN $keys
RETURN l.document AS document, l.images AS images, l.scores AS scores, l.logOdds AS logOdds,
  l.fingerprints AS fingerprints, l.reasons AS reasons

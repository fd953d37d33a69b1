// Purpose: every ledger, one by one.
// Parameters: none.
// Columns: document, source, images, scores, logOdds, fingerprints, reasons,
//   reasonVersions (null for none).
MATCH (l:EvidenceLedger)
RETURN l.document AS document, l.source AS source, l.images AS images, l.scores AS scores,
  l.logOdds AS logOdds, l.fingerprints AS fingerprints, l.reasons AS reasons,
  l.reasonVersions AS reasonVersions

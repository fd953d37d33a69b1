// Purpose: ledgers with all that was judged, in order of their keys.
// Parameters: keys.
// Columns: as of page_whole_ledgers.
MATCH (l:EvidenceLedger)
WHERE l.key IN $keys
RETURN l.key AS key, l.document AS document, l.source AS source, l.model AS model, l.runId AS run,
  toString(l.judgedAt) AS judged, l.images AS images, l.scores AS scores, l.logOdds AS logOdds,
  l.reasons AS reasons
ORDER BY key

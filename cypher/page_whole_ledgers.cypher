// Purpose: the next ledgers in order of their keys, with all that was judged.
// Parameters: after (the last key seen, '' at first), limit, source (null for all).
// Columns: key, document, source, model, run, judged (ISO time of the oldest), images, scores,
//   logOdds, reasons (in parallel).
MATCH (l:EvidenceLedger)
WHERE l.key > $after AND ($source IS NULL OR l.source = $source)
RETURN l.key AS key, l.document AS document, l.source AS source, l.model AS model, l.runId AS run,
  toString(l.judgedAt) AS judged, l.images AS images, l.scores AS scores, l.logOdds AS logOdds,
  l.reasons AS reasons
ORDER BY key LIMIT $limit

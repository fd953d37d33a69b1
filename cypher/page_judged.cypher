// Purpose: what a source has judged, a page of ledgers in the order of their keys.
// Parameters: source, after (the last key seen, '' at first), limit.
// Columns: key, document, images, scores, logOdds, fingerprints.
MATCH (l:EvidenceLedger)
WHERE l.key > $after AND l.source = $source
RETURN l.key AS key, l.document AS document, l.images AS images, l.scores AS scores,
  l.logOdds AS logOdds, l.fingerprints AS fingerprints
ORDER BY key LIMIT $limit

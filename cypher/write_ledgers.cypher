// Purpose: stores what was judged, one node a document and source.
// Parameters: source, policy, run, rows of key, document, model, images, scores, logOdds,
//   fingerprints, reasons, reasonVersions (null: none), renew (whether every entry was judged just
//   now: judgedAt says when the oldest was).
// Columns: none.
WITH datetime.realtime() AS now
UNWIND $rows AS row
MERGE (l:EvidenceLedger {key: row.key})
SET l.document = row.document, l.source = $source, l.model = row.model,
  l.images = row.images, l.scores = row.scores, l.logOdds = row.logOdds,
  l.fingerprints = row.fingerprints, l.reasons = row.reasons,
  l.reasonVersions = row.reasonVersions, l.policy = $policy, l.runId = $run,
  l.judgedAt = CASE WHEN row.renew OR l.judgedAt IS NULL THEN now ELSE l.judgedAt END

// Purpose: stores what was judged, one node a document and source.
// Parameters: rows of key, document, source, model, images, scores, logOdds, fingerprints,
//   reasons, reasonVersions (null: none), policy, run, renew (whether every entry was judged just
//   now: judgedAt says when the oldest was).
// Columns: none.
UNWIND $rows AS row
MERGE (l:EvidenceLedger {key: row.key})
SET l.document = row.document, l.source = row.source, l.model = row.model,
  l.images = row.images, l.scores = row.scores, l.logOdds = row.logOdds,
  l.fingerprints = row.fingerprints, l.reasons = row.reasons,
  l.reasonVersions = row.reasonVersions, l.policy = row.policy,
  l.runId = row.run,
  l.judgedAt = CASE WHEN row.renew OR l.judgedAt IS NULL
    THEN datetime.realtime() ELSE l.judgedAt END

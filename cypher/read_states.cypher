// Purpose: all that decides about the evidence of these documents, from one source.
// Parameters: documents (rows of document, ids: the values its id may have, key: its ledger's),
//   source.
// Columns: documents (one row): lists of document, id, ledger (null, or a list: document, source,
//   images, scores, logOdds, fingerprints, reasons, policy, model, runId, reasonVersions, judgedAt
//   in milliseconds of the epoch), evidence (lists of key, image, score, fingerprint, reason,
//   calibration or ''), reviewed (REVIEWED edges: maps of key, image, decision, by, at (ISO time),
//   reasons, note, stale). Every record has its cost, and so has every name in it.
UNWIND $documents AS row
MATCH (d:`Document`)
WHERE d.`id` IN row.ids
OPTIONAL MATCH (l:EvidenceLedger {key: row.key})
RETURN collect([row.document, d.`id`,
  CASE WHEN l IS NOT NULL THEN [l.document, l.source, l.images, l.scores, l.logOdds, l.fingerprints,
    l.reasons, l.policy, l.model, l.runId, l.reasonVersions, l.judgedAt.epochMillis] END,
  [(d)-[r:`HAS_EVIDENCE` {source: $source}]->(i:`Image`) |
    [r.key, i.`id`, r.score, r.fingerprint, r.reason, coalesce(r.calibration, '')]],
  [(d)-[v:REVIEWED]->(i:`Image`) | v {.key, .decision, .by, .reasons, .note, .stale,
    image: i.`id`, at: toString(v.at)}]]) AS documents

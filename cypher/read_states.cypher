// Purpose: all that decides about the evidence of these documents, from one source.
// Parameters: documents (rows of document, ids: the values its id may have, key: its ledger's),
//   source.
// Columns: document, id, ledger (map or null; judgedAt in milliseconds of the epoch), evidence
//   (lists of key, image, score, fingerprint, reason, calibration or ''), reviewed (REVIEWED
//   edges: maps of key, image, decision, by, at (ISO time), reasons, note, stale).
UNWIND $documents AS row
MATCH (d:`Document`)
WHERE d.`id` IN row.ids
OPTIONAL MATCH (l:EvidenceLedger {key: row.key})
RETURN row.document AS document, d.`id` AS id,
  l {.document, .source, .images, .scores, .logOdds, .fingerprints, .reasons, .policy, .model, .runId,
    .reasonVersions, judgedAt: l.judgedAt.epochMillis} AS ledger,
  [(d)-[r:`HAS_EVIDENCE` {source: $source}]->(i:`Image`) |
    [r.key, i.`id`, r.score, r.fingerprint, r.reason, coalesce(r.calibration, '')]] AS evidence,
  [(d)-[v:REVIEWED]->(i:`Image`) | v {.key, .decision, .by, .reasons, .note, .stale,
    image: i.`id`, at: toString(v.at)}] AS reviewed

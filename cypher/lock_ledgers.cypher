// Purpose: locks ledgers until the transaction ends, and reads them as they are, to be put back
//   by a rollback; setting its own label changes nothing.
// Parameters: keys.
// Columns: key, document, properties (map; judgedAt in milliseconds of the epoch).
UNWIND $keys AS key
MATCH (l:EvidenceLedger {key: key})
SET l:EvidenceLedger
RETURN key, l.document AS document,
  l {.document, .source, .images, .scores, .logOdds, .fingerprints, .reasons, .policy, .model,
    .runId, .reasonVersions, judgedAt: l.judgedAt.epochMillis} AS properties

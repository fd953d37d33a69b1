// Purpose: whether anything may have changed since a source's queue was written: a run of the
//   source changed something, and it is this one, ended later, or died without a word.
// Parameters: source, run.
// Columns: due (one row, or none where there is no such source).
MATCH (s:EvidenceSource {name: $source})
OPTIONAL MATCH (j:EnrichmentJob)-[:HAS_RUN]->(run:EnrichmentRun {source: $source})
WHERE (run.scored > 0 OR run.abstained > 0 OR run.published > 0 OR run.withdrawn > 0)
  AND (run.id = $run OR run.id <> s.queuedBy AND (run.finishedAt > s.queuedAt
    OR run.status = 'running' AND j.leaseUntil > s.queuedAt
      AND j.leaseUntil < datetime.realtime()))
WITH s, run LIMIT 1
RETURN s.queuedAt IS NULL OR run IS NOT NULL AS due

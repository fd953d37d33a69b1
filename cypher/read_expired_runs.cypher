// Purpose: runs that ended longer ago than records are kept, and that something is left of.
// Parameters: days, limit.
// Columns: run (id). Not those that a rollback is at work on, which its settings name; of each
//   job's newest run only what hangs on it is of interest, for its record stays.
OPTIONAL MATCH (r:EnrichmentRun {kind: 'rollback', status: 'running'})
WITH collect(r.settings) AS atWork, datetime.realtime() - duration({days: $days}) AS until
MATCH (j:EnrichmentJob)-[:HAS_RUN]->(run:EnrichmentRun)
WHERE run.finishedAt < until AND none(settings IN atWork WHERE settings CONTAINS run.id)
  AND (EXISTS { (run)-[:CHANGED|HAS_NOTICE]->() }
    OR EXISTS { MATCH (j)-[:HAS_RUN]->(other) WHERE other.startedAt > run.startedAt })
RETURN run.id AS run ORDER BY run LIMIT $limit

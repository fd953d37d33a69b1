// Purpose: one run's record.
// Parameters: run.
// Columns: run (map), job, seconds, notices (lists of kind, count).
MATCH (j:EnrichmentJob)-[:HAS_RUN]->(run:EnrichmentRun {id: $run})
RETURN properties(run) AS run, j.id AS job,
  duration.inSeconds(run.startedAt, coalesce(run.finishedAt,
    CASE WHEN j.leaseRun = run.id AND j.leaseUntil < datetime.realtime() THEN j.leaseUntil
    ELSE datetime.realtime() END)).milliseconds / 1000.0 AS seconds,
  COLLECT {
    MATCH (run)-[:HAS_NOTICE]->(n:RunNotice)
    WITH n.kind AS kind, sum(coalesce(n.many, 1)) AS notices
    RETURN [kind, notices]
  } AS notices

// Purpose: some runs, the newest first, with the state of their lease.
// Parameters: ids.
// Columns: run (map), job, seconds, notices (lists of kind, count), started, finished (ISO times),
//   leaseSeconds (until the lease ends; below 0 since it has; null when another run has it).
MATCH (j:EnrichmentJob)-[:HAS_RUN]->(run:EnrichmentRun)
WHERE run.id IN $ids
WITH j, run, datetime.realtime() AS now
RETURN properties(run) AS run, j.id AS job,
  duration.inSeconds(run.startedAt, coalesce(run.finishedAt,
    CASE WHEN j.leaseRun = run.id AND j.leaseUntil < now THEN j.leaseUntil ELSE now END)
  ).milliseconds / 1000.0 AS seconds,
  COLLECT {
    MATCH (run)-[:HAS_NOTICE]->(n:RunNotice)
    WITH n.kind AS kind, sum(coalesce(n.many, 1)) AS notices
    RETURN [kind, notices]
  } AS notices,
  toString(run.startedAt) AS started, toString(run.finishedAt) AS finished,
  CASE j.leaseRun WHEN run.id THEN duration.inSeconds(now, j.leaseUntil).milliseconds / 1000.0
  END AS leaseSeconds
ORDER BY run.startedAt DESC, run.id DESC

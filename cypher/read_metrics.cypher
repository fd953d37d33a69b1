// Purpose: of every job's kind and source the newest run that ended, and how long ago one succeeded.
// Parameters: none.
// Columns: kind, source, run (map of the newest that ended; null where none did), seconds (that it
//   took), finished and succeeded (seconds of the epoch; null where none did), alive and silent
//   (runs at work that renew their lease, and that do not).
MATCH (j:EnrichmentJob)-[:HAS_RUN]->(run:EnrichmentRun)
WITH run.kind AS kind, run.source AS source, j, run,
  run.status = 'running' AS running,
  run.status = 'running' AND j.leaseRun = run.id AND j.leaseUntil > datetime.realtime() AS alive
ORDER BY run.finishedAt DESC
WITH kind, source,
  collect(CASE WHEN NOT running THEN run END)[0] AS run,
  max(CASE WHEN run.status = 'succeeded' THEN run.finishedAt END) AS succeeded,
  sum(CASE WHEN alive THEN 1 ELSE 0 END) AS alive,
  sum(CASE WHEN running AND NOT alive THEN 1 ELSE 0 END) AS silent
RETURN kind, source, properties(run) AS run,
  duration.inSeconds(run.startedAt, run.finishedAt).milliseconds / 1000.0 AS seconds,
  run.finishedAt.epochMillis / 1000.0 AS finished, succeeded.epochMillis / 1000.0 AS succeeded,
  alive, silent
ORDER BY kind, source

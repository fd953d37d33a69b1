// Purpose: begins a run's record under its job.
// Parameters: job, run, kind, source, scorer, settings (JSON), fingerprint, host, pid,
//   user, group, shard (null where there are no shards).
// Columns: none.
MATCH (j:EnrichmentJob {id: $job})
MERGE (run:EnrichmentRun {id: $run})
SET run.status = 'running', run.startedAt = datetime.realtime(), run.kind = $kind,
  run.source = $source, run.scorer = $scorer, run.settings = $settings,
  run.fingerprint = $fingerprint, run.group = $group, run.shard = $shard, run.host = $host, run.pid = $pid, run.user = $user,
  run.error = '', run.documents = 0, run.pairs = 0,
  run.scored = 0, run.skipped = 0, run.abstained = 0, run.failed = 0, run.published = 0,
  run.withdrawn = 0
MERGE (j)-[:HAS_RUN]->(run)

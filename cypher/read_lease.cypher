// Purpose: who holds a job's lease, for the message to whoever asks in vain.
// Parameters: job.
// Columns: run, seconds (until it ends), host, pid, user, since (ISO time; null where the run says
//   nothing of it).
MATCH (j:EnrichmentJob {id: $job})
OPTIONAL MATCH (run:EnrichmentRun {id: j.leaseRun})
RETURN j.leaseRun AS run,
  duration.inSeconds(datetime.realtime(), j.leaseUntil).seconds AS seconds,
  run.host AS host, run.pid AS pid, run.user AS user,
  CASE WHEN run.startedAt IS NULL THEN null
    ELSE toString(datetime.truncate('second', run.startedAt)) END AS since

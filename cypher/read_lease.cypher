// Purpose: who holds a job's lease, for the message to whoever asks in vain.
// Parameters: job.
// Columns: run, seconds (until it ends).
MATCH (j:EnrichmentJob {id: $job})
RETURN j.leaseRun AS run,
  duration.inSeconds(datetime.realtime(), j.leaseUntil).seconds AS seconds

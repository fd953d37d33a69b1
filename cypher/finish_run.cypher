// Purpose: closes a run's record, unless whoever took the lease over has closed it.
// Parameters: run, status, error, at (when it ended; null is now), observed (further properties).
// Columns: none.
MATCH (run:EnrichmentRun {id: $run})
WHERE run.status = 'running'
SET run.status = $status, run.finishedAt = coalesce($at, datetime.realtime()), run.error = $error,
  run += $observed

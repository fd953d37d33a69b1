// Purpose: closes a run's record, unless whoever took the lease over has closed it.
// Parameters: run, status, error.
// Columns: none.
MATCH (run:EnrichmentRun {id: $run})
WHERE run.status = 'running'
SET run.status = $status, run.finishedAt = datetime.realtime(), run.error = $error

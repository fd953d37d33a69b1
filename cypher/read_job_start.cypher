// Purpose: when a job first started.
// Parameters: job.
// Columns: started (milliseconds of the epoch); no row when it never did.
MATCH (j:EnrichmentJob {id: $job})
RETURN j.startedAt.epochMillis AS started

// Purpose: gives a lease back.
// Parameters: job, run, fence.
// Columns: fence; no row when the lease was lost.
MATCH (j:EnrichmentJob {id: $job})
SET j.askedAt = datetime.realtime()
WITH j WHERE j.fence = $fence AND j.leaseRun = $run
SET j.leaseUntil = null
RETURN j.fence AS fence

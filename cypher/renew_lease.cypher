// Purpose: checks the fence and renews the lease; the last statement of every write.
// Parameters: job, run, fence, ttl (milliseconds).
// Columns: fence; no row when the lease was lost.
MATCH (j:EnrichmentJob {id: $job})
SET j.askedAt = datetime.realtime()
WITH j WHERE j.fence = $fence AND j.leaseRun = $run
SET j.leaseUntil = datetime.realtime() + duration({milliseconds: $ttl})
RETURN j.fence AS fence

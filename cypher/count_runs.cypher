// Purpose: how many runs there have been.
// Parameters: none.
// Columns: runs.
MATCH (run:EnrichmentRun)
RETURN count(run) AS runs

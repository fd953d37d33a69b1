// Purpose: how many runs there have been.
// Parameters: group (null for all).
// Columns: runs.
MATCH (run:EnrichmentRun)
WHERE $group IS NULL OR run.group = $group
RETURN count(run) AS runs

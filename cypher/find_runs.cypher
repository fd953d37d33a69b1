// Purpose: the runs that the beginning of an id may mean.
// Parameters: prefix, limit.
// Columns: id.
MATCH (run:EnrichmentRun)
WHERE run.id STARTS WITH $prefix
RETURN run.id AS id LIMIT $limit

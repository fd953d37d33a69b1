// Purpose: the runs of a group.
// Parameters: group.
// Columns: run (id), in order.
MATCH (run:EnrichmentRun {group: $group})
RETURN run.id AS run ORDER BY run

// Purpose: says in a run's record who rolled it back, the first time.
// Parameters: run, by (the run that did it).
// Columns: none.
MATCH (run:EnrichmentRun {id: $run})
SET run.rolledBackBy = coalesce(run.rolledBackBy, $by),
  run.rolledBackAt = coalesce(run.rolledBackAt, datetime.realtime())

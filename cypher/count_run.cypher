// Purpose: adds a batch's counts to a run's record.
// Parameters: run, documents, pairs, scored, skipped, abstained, failed, published, withdrawn.
// Columns: none.
MATCH (run:EnrichmentRun {id: $run})
SET run.documents = run.documents + $documents, run.pairs = run.pairs + $pairs,
  run.scored = run.scored + $scored, run.skipped = run.skipped + $skipped,
  run.abstained = run.abstained + $abstained, run.failed = run.failed + $failed,
  run.published = run.published + $published, run.withdrawn = run.withdrawn + $withdrawn

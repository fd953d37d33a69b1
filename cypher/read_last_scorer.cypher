// Purpose: the scorer by which a source was judged last.
// Parameters: source.
// Columns: fingerprint; no row before anything was judged.
MATCH (run:EnrichmentRun {source: $source})
WHERE run.scored + run.abstained > 0
RETURN run.fingerprint AS fingerprint ORDER BY run.startedAt DESC LIMIT 1

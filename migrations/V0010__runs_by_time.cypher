// The history of runs is read in pages, the newest first.

CREATE INDEX kg_enrich_run_started IF NOT EXISTS
FOR (n:EnrichmentRun) ON (n.startedAt);

// Jobs that are done by several processes find one another, and so do the runs of a group.

CREATE INDEX kg_enrich_job_parent IF NOT EXISTS
FOR (n:EnrichmentJob) ON (n.parent);
CREATE INDEX kg_enrich_run_group IF NOT EXISTS
FOR (n:EnrichmentRun) ON (n.group);

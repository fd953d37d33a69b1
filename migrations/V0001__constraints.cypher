// Uniqueness of every key that kg-enrich merges its own nodes on.

CREATE CONSTRAINT kg_enrich_evidence_ledger_key IF NOT EXISTS
FOR (n:EvidenceLedger) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT kg_enrich_evidence_source_name IF NOT EXISTS
FOR (n:EvidenceSource) REQUIRE n.name IS UNIQUE;
CREATE CONSTRAINT kg_enrich_enrichment_job_id IF NOT EXISTS
FOR (n:EnrichmentJob) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kg_enrich_enrichment_run_id IF NOT EXISTS
FOR (n:EnrichmentRun) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kg_enrich_run_notice_key IF NOT EXISTS
FOR (n:RunNotice) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT kg_enrich_read_failure_key IF NOT EXISTS
FOR (n:ReadFailure) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT kg_enrich_evidence_flag_id IF NOT EXISTS
FOR (n:EvidenceFlag) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kg_enrich_evidence_hold_key IF NOT EXISTS
FOR (n:EvidenceHold) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT kg_enrich_evidence_undo_key IF NOT EXISTS
FOR (n:EvidenceUndo) REQUIRE n.key IS UNIQUE;

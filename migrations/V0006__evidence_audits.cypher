// Samples of judged pairs that people answer, and what is calibrated by their answers.

CREATE CONSTRAINT kg_enrich_evidence_audit_id IF NOT EXISTS
FOR (n:EvidenceAudit) REQUIRE n.id IS UNIQUE;
CREATE CONSTRAINT kg_enrich_evidence_draw_key IF NOT EXISTS
FOR (n:EvidenceDraw) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT kg_enrich_audited_pair_key IF NOT EXISTS
FOR (n:AuditedPair) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT kg_enrich_evidence_calibration_key IF NOT EXISTS
FOR (n:EvidenceCalibration) REQUIRE n.key IS UNIQUE;
CREATE INDEX kg_enrich_evidence_draw_audit IF NOT EXISTS
FOR (n:EvidenceDraw) ON (n.audit);
CREATE INDEX kg_enrich_audited_pair_audit IF NOT EXISTS
FOR (n:AuditedPair) ON (n.audit);
CREATE INDEX kg_enrich_audited_pair_document IF NOT EXISTS
FOR (n:AuditedPair) ON (n.document);

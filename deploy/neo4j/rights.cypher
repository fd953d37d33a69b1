// Roles with the least rights that commands need, on Enterprise and Aura; docs/operations.md says
// which command needs which. `neo4j` is the database. Whoever has one of the other roles has
// kg_enrich_read as well. Names of your own (KG_ENRICH_DOCUMENT_LABEL and others) go in the place of
// Document, Image and REFERENCES. An administrator runs it once.

// migrate: constraints and indexes, and every name that is new to the database.
CREATE ROLE kg_enrich_migrate IF NOT EXISTS;
GRANT CONSTRAINT MANAGEMENT ON DATABASE neo4j TO kg_enrich_migrate;
GRANT INDEX MANAGEMENT ON DATABASE neo4j TO kg_enrich_migrate;
GRANT NAME MANAGEMENT ON DATABASE neo4j TO kg_enrich_migrate;
GRANT WRITE ON GRAPH neo4j TO kg_enrich_migrate;

// Whatever only looks.
CREATE ROLE kg_enrich_read IF NOT EXISTS;
GRANT ACCESS ON DATABASE neo4j TO kg_enrich_read;
GRANT SHOW CONSTRAINT ON DATABASE neo4j TO kg_enrich_read;
GRANT SHOW INDEX ON DATABASE neo4j TO kg_enrich_read;
GRANT MATCH {*} ON GRAPH neo4j TO kg_enrich_read;

// Runs, and what undoes them. A document is locked by setting the label that it has.
CREATE ROLE kg_enrich_run IF NOT EXISTS;
GRANT NAME MANAGEMENT ON DATABASE neo4j TO kg_enrich_run;
GRANT CREATE ON GRAPH neo4j RELATIONSHIPS HAS_EVIDENCE, REVIEWED, HAS_RUN, HAS_NOTICE, CHANGED, FLAGS, COULD_NOT_READ TO kg_enrich_run;
GRANT DELETE ON GRAPH neo4j RELATIONSHIPS HAS_EVIDENCE, REVIEWED, HAS_RUN, HAS_NOTICE, CHANGED, FLAGS, COULD_NOT_READ TO kg_enrich_run;
GRANT SET PROPERTY {*} ON GRAPH neo4j RELATIONSHIPS HAS_EVIDENCE, REVIEWED TO kg_enrich_run;
GRANT CREATE ON GRAPH neo4j NODES EvidenceLedger, EvidenceReview, EvidenceSource, EvidenceHold, EvidenceFlag, EvidenceUndo, EvidenceQueueItem, EnrichmentJob, EnrichmentRun, RunNotice, ReadFailure TO kg_enrich_run;
GRANT DELETE ON GRAPH neo4j NODES EvidenceLedger, EvidenceReview, EvidenceSource, EvidenceHold, EvidenceFlag, EvidenceUndo, EvidenceQueueItem, EnrichmentJob, EnrichmentRun, RunNotice, ReadFailure TO kg_enrich_run;
GRANT SET PROPERTY {*} ON GRAPH neo4j NODES EvidenceLedger, EvidenceReview, EvidenceSource, EvidenceHold, EvidenceFlag, EvidenceUndo, EvidenceQueueItem, EnrichmentJob, EnrichmentRun, RunNotice, ReadFailure TO kg_enrich_run;
GRANT SET LABEL Document, EvidenceLedger, EvidenceReview, EvidenceSource, EvidenceHold, EvidenceFlag, EvidenceUndo, EvidenceQueueItem, EnrichmentJob, EnrichmentRun, RunNotice, ReadFailure ON GRAPH neo4j TO kg_enrich_run;
GRANT SET PROPERTY {imageHash, imageLook, ocrText, ocrVersion} ON GRAPH neo4j NODES Image TO kg_enrich_run;

// What people say, besides kg_enrich_run: review pages, audits, calibrations, tokens and sessions.
CREATE ROLE kg_enrich_review IF NOT EXISTS;
GRANT CREATE ON GRAPH neo4j RELATIONSHIPS REFERENCES TO kg_enrich_review;
GRANT DELETE ON GRAPH neo4j RELATIONSHIPS REFERENCES TO kg_enrich_review;
GRANT SET PROPERTY {*} ON GRAPH neo4j RELATIONSHIPS REFERENCES TO kg_enrich_review;
GRANT CREATE ON GRAPH neo4j NODES EvidenceAudit, EvidenceDraw, AuditedPair, EvidenceCalibration, ReviewReservation, MadeReference, ServiceToken, ServiceSession TO kg_enrich_review;
GRANT DELETE ON GRAPH neo4j NODES EvidenceAudit, EvidenceDraw, AuditedPair, EvidenceCalibration, ReviewReservation, MadeReference, ServiceToken, ServiceSession TO kg_enrich_review;
GRANT SET PROPERTY {*} ON GRAPH neo4j NODES EvidenceAudit, EvidenceDraw, AuditedPair, EvidenceCalibration, ReviewReservation, MadeReference, ServiceToken, ServiceSession TO kg_enrich_review;
GRANT SET LABEL EvidenceAudit, EvidenceDraw, AuditedPair, EvidenceCalibration, ReviewReservation, MadeReference, ServiceToken, ServiceSession ON GRAPH neo4j TO kg_enrich_review;

// Loading folders, besides kg_enrich_run.
CREATE ROLE kg_enrich_load IF NOT EXISTS;
GRANT CREATE ON GRAPH neo4j NODES Document, Image, LoadedFolder, LoadedFile TO kg_enrich_load;
GRANT DELETE ON GRAPH neo4j NODES Document, Image, LoadedFolder, LoadedFile TO kg_enrich_load;
GRANT SET PROPERTY {*} ON GRAPH neo4j NODES Document, Image, LoadedFolder, LoadedFile TO kg_enrich_load;
GRANT SET LABEL Document, Image, LoadedFolder, LoadedFile ON GRAPH neo4j TO kg_enrich_load;
GRANT CREATE ON GRAPH neo4j RELATIONSHIPS REFERENCES TO kg_enrich_load;
GRANT DELETE ON GRAPH neo4j RELATIONSHIPS REFERENCES TO kg_enrich_load;
GRANT SET PROPERTY {*} ON GRAPH neo4j RELATIONSHIPS REFERENCES TO kg_enrich_load;

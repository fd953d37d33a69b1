// What people are to be asked, kept by key and read in order of priority; words that were said
// together, to be taken back together.

CREATE CONSTRAINT kg_enrich_evidence_queue_item_key IF NOT EXISTS
FOR (n:EvidenceQueueItem) REQUIRE n.key IS UNIQUE;
CREATE INDEX kg_enrich_evidence_queue_item_priority IF NOT EXISTS
FOR (n:EvidenceQueueItem) ON (n.source, n.priority);
CREATE INDEX kg_enrich_evidence_review_batch IF NOT EXISTS
FOR (n:EvidenceReview) ON (n.batch);

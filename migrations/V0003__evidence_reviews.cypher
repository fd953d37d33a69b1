// What people said, kept by key so that it outlives the nodes it is about.

CREATE CONSTRAINT kg_enrich_evidence_review_key IF NOT EXISTS
FOR (n:EvidenceReview) REQUIRE n.key IS UNIQUE;
CREATE INDEX kg_enrich_evidence_review_document IF NOT EXISTS
FOR (n:EvidenceReview) ON (n.document);
CREATE INDEX kg_enrich_evidence_review_image IF NOT EXISTS
FOR (n:EvidenceReview) ON (n.image);

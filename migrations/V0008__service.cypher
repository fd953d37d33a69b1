// What the web service keeps: hashes of tokens and of sessions, which item is with whom, and the
// references that people made on its pages; and how it finds what somebody said last.

CREATE CONSTRAINT kg_enrich_service_token_hash IF NOT EXISTS
FOR (n:ServiceToken) REQUIRE n.hash IS UNIQUE;
CREATE CONSTRAINT kg_enrich_service_session_hash IF NOT EXISTS
FOR (n:ServiceSession) REQUIRE n.hash IS UNIQUE;
CREATE CONSTRAINT kg_enrich_review_reservation_key IF NOT EXISTS
FOR (n:ReviewReservation) REQUIRE n.key IS UNIQUE;
CREATE CONSTRAINT kg_enrich_made_reference_key IF NOT EXISTS
FOR (n:MadeReference) REQUIRE n.key IS UNIQUE;
CREATE INDEX kg_enrich_evidence_review_by_at IF NOT EXISTS
FOR (n:EvidenceReview) ON (n.by, n.at);

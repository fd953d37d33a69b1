// Purpose: what became of edges since runs wrote or withdrew them.
// Parameters: runs, rows of key, document, image (ids as text), documents, images (the values that
//   their ids may have).
// Columns: key, score and runId (null where there is no edge), ends (maps of document, image:
//   every pair of nodes with these ids), reviewed (whether a person's word on the pair came after
//   the first of the runs began).
MATCH (run:EnrichmentRun)
WHERE run.id IN $runs
WITH min(run.startedAt) AS began
UNWIND $rows AS row
OPTIONAL MATCH ()-[r:`HAS_EVIDENCE` {key: row.key}]->()
CALL (row) {
  MATCH (d:`Document`) WHERE d.`id` IN row.documents
  MATCH (i:`Image`) WHERE i.`id` IN row.images
  RETURN collect({document: d.`id`, image: i.`id`}) AS ends
}
CALL (row) {
  MATCH (w:EvidenceReview {document: row.document, image: row.image})
  RETURN max(w.at) AS reviewedAt
}
RETURN row.key AS key, r.score AS score, r.runId AS runId, ends,
  coalesce(reviewedAt > began, false) AS reviewed

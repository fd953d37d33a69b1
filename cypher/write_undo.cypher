// Purpose: keeps what a batch is about to change, for a rollback.
// Parameters: run, key, number (of the batch), before (bytes: zlib of JSON), edges (how many).
// Columns: none.
MATCH (run:EnrichmentRun {id: $run})
MERGE (u:EvidenceUndo {key: $key})
SET u.number = $number, u.before = $before, u.edges = $edges, u.at = datetime.realtime()
MERGE (run)-[:CHANGED]->(u)

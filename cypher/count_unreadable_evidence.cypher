// Purpose: how many images are on record as unreadable, and the evidence that hangs on them.
// Parameters: none.
// Columns: images, evidence (edges).
MATCH (i:`Image`)-[:COULD_NOT_READ]->(:ReadFailure)
WITH DISTINCT i
WITH i, COUNT { (:`Document`)-[:`HAS_EVIDENCE`]->(i) } AS edges
RETURN count(i) AS images, coalesce(sum(edges), 0) AS evidence

// Purpose: how many images are evidence of a source, are referenced, are both or neither.
// Parameters: source.
// Columns: evidence, referenced (truth values), images.
MATCH (i:`Image`)
RETURN EXISTS { ()-[:`HAS_EVIDENCE` {source: $source}]->(i) } AS evidence,
  EXISTS { (:`Document`)-[:`REFERENCES`]->(i) } AS referenced, count(*) AS images

// Purpose: images whose open flag is not true any more: one references them
//   or a copy, or the best evidence
//   is another than the flag says.
// Parameters: confidence (the least that counts as strong).
// Columns: image.
MATCH (f:EvidenceFlag {kind: 'unreferenced', status: 'open'})-[:FLAGS]->(i:`Image`)
WHERE EXISTS { (:`Document`)-[:`REFERENCES`]->(i) }
  OR EXISTS {
    MATCH (copy:`Image`) WHERE copy.imageHash = i.imageHash
    MATCH (:`Document`)-[:`REFERENCES`]->(copy)
  }
  OR f.confidence < $confidence
  OR NOT EXISTS { ()-[r:`HAS_EVIDENCE`]->(i) WHERE r.confidence = f.confidence }
RETURN i.`id` AS image

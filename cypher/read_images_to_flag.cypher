// Purpose: images with strong evidence that no document references, nor a copy of them, and no flag says so yet.
//   A dismissed flag says so while the image is the same; an open one must know of evidence that
//   is as strong.
// Parameters: confidence (the least).
// Columns: image, once for every edge that is strong.
MATCH ()-[r:`HAS_EVIDENCE`]->(i:`Image`)
WHERE r.confidence >= $confidence
  AND NOT EXISTS { (:`Document`)-[:`REFERENCES`]->(i) }
  AND NOT EXISTS {
    MATCH (copy:`Image`) WHERE copy.imageHash = i.imageHash
    MATCH (:`Document`)-[:`REFERENCES`]->(copy)
  }
  AND NOT EXISTS {
    (i)<-[:FLAGS]-(f:EvidenceFlag {kind: 'unreferenced'})
    WHERE f.status = 'dismissed' AND coalesce(f.imageHash = i.imageHash, true) OR f.status = 'open' AND f.confidence >= r.confidence
  }
RETURN i.`id` AS image

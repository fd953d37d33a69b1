// Purpose: all that decides about the flags of these images.
// Parameters: rows of ids (the values an image's id may have), flag (its flag's id).
// Columns: flag, image, best (confidence of its best evidence, or null), referenced (it or a copy), status (null
//   where there is no flag; of a dismissed one whose image is another by now it is 'outdated'), confidence (that the flag says), attached.
UNWIND $rows AS row
MATCH (i:`Image`) WHERE i.`id` IN row.ids
OPTIONAL MATCH (f:EvidenceFlag {id: row.flag})
RETURN row.flag AS flag, i.`id` AS image,
  // Not max(): 5.26 takes an aggregate in a subquery for one of the statement's own.
  head(COLLECT {
    MATCH ()-[r:`HAS_EVIDENCE`]->(i) WHERE r.confidence IS NOT NULL
    RETURN r.confidence ORDER BY r.confidence DESC LIMIT 1
  }) AS best,
  EXISTS { (:`Document`)-[:`REFERENCES`]->(i) } OR EXISTS {
    MATCH (copy:`Image`) WHERE copy.imageHash = i.imageHash
    MATCH (:`Document`)-[:`REFERENCES`]->(copy)
  } AS referenced,
  CASE WHEN f.status = 'dismissed' AND f.imageHash <> i.imageHash THEN 'outdated'
    ELSE f.status END AS status, f.confidence AS confidence, EXISTS { (f)-[:FLAGS]->(i) } AS attached

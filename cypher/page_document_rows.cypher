// Purpose: the next documents in order of their ids, with the best of their evidence.
// Parameters: after (the last id seen; '' begins the strings, -infinity the numbers), limit.
// Columns: id, title, evidence (edges), best (confidence, or null), referenced (images).
MATCH (d:`Document`)
WHERE d.`id` > $after
WITH d ORDER BY d.`id` LIMIT $limit
RETURN d.`id` AS id, d.`title` AS title,
  COUNT { (d)-[:`HAS_EVIDENCE`]->(:`Image`) } AS evidence,
  head(COLLECT {
    MATCH (d)-[r:`HAS_EVIDENCE`]->(:`Image`) RETURN r.confidence ORDER BY r.confidence DESC LIMIT 1
  }) AS best,
  COUNT { (d)-[:`REFERENCES`]->(:`Image`) } AS referenced
ORDER BY id

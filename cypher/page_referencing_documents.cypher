// Purpose: the next ids, in order, of documents with references that people made; each id once.
// Parameters: after (the last id seen; '' begins the strings, -infinity the numbers), limit,
//   ours (what `madeBy` says of references that were made through us, which prove nothing).
// Columns: ids (one row).
MATCH (d:`Document`)
WHERE d.`id` >= $after AND EXISTS {
  (d)-[r:`REFERENCES`]->(:`Image`) WHERE r.madeBy IS NULL OR r.madeBy <> $ours
}
WITH DISTINCT d.`id` AS id ORDER BY id LIMIT $limit
RETURN collect(id) AS ids

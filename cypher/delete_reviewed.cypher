// Purpose: removes the REVIEWED edges of documents that are not the copy of a word in force.
// Parameters: rows of document (id as the graph has it) and keys (those that stay).
// Columns: none.
UNWIND $rows AS row
MATCH (d:`Document`)-[v:REVIEWED]->(:`Image`)
WHERE d.`id` = row.document AND (v.key IS NULL OR NOT v.key IN row.keys)
DELETE v

// Purpose: documents whose id is neither a string nor an integer, which nothing can refer to.
// Parameters: none.
// Columns: node (element id), type.
MATCH (d:`Document`)
WHERE NOT d.`id` IS :: STRING NOT NULL | INTEGER NOT NULL
RETURN elementId(d) AS node, valueType(d.`id`) AS type
LIMIT 100

// Purpose: documents whose id is neither a string nor an integer, which nothing can refer to.
// Parameters: none.
// Columns: node (element id), type.
MATCH (d:`Document`)
WHERE d.`id` IS NULL OR NOT d.`id` IS :: STRING | INTEGER
RETURN elementId(d) AS node, valueType(d.`id`) AS type
LIMIT 100

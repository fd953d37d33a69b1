// Purpose: documents whose id is neither a string nor an integer, which nothing can refer to.
// Parameters: none.
// Columns: type, many, node (element id of one of them).
MATCH (d:`Document`)
WHERE d.`id` IS NULL OR NOT d.`id` IS :: STRING | INTEGER
RETURN valueType(d.`id`) AS type, count(*) AS many, min(elementId(d)) AS node
ORDER BY type

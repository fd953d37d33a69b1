// Purpose: removes references that a section made when it was loaded before and makes no more.
// Parameters: rows of document, image.
// Columns: none.
UNWIND $rows AS row
MATCH (d:`Document`)-[r:`REFERENCES`]->(i:`Image`)
WHERE d.`id` = row.document AND i.`id` = row.image
DELETE r

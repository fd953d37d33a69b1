// Purpose: loads references that people made from documents to images.
// Parameters: rows of number (of the line), document, image.
// Columns: number, of every row whose document and image are there.
UNWIND $rows AS row
MATCH (d:`Document`) WHERE d.`id` = row.document
MATCH (i:`Image`) WHERE i.`id` = row.image
MERGE (d)-[:`REFERENCES`]->(i)
RETURN DISTINCT row.number AS number

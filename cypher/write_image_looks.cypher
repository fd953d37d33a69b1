// Purpose: keeps what images look like on their nodes.
// Parameters: rows of ids (the values an image's id may have), look ('' where it has none).
// Columns: none.
UNWIND $rows AS row
MATCH (i:`Image`)
WHERE i.`id` IN row.ids
SET i.imageLook = row.look

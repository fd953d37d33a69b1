// Purpose: loads images; a caption that is not given leaves the one that is there.
// Parameters: rows of id, path, caption (or null).
// Columns: none.
UNWIND $rows AS row
MERGE (i:`Image` {`id`: row.id})
SET i.`path` = row.path, i.`caption` = coalesce(row.caption, i.`caption`)

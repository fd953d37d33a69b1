// Purpose: loads documents; asked twice, nothing changes.
// Parameters: rows of id, title, text.
// Columns: none.
UNWIND $rows AS row
MERGE (d:`Document` {`id`: row.id})
SET d.`title` = row.title, d.`text` = row.text

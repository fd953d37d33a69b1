// Purpose: every document's words, for the corpus statistics.
// Parameters: none.
// Columns: title, text.
MATCH (d:`Document`)
RETURN d.`title` AS title, d.`text` AS text

// Purpose: how many documents there are, for the progress bar and for "no Document at all".
// Parameters: none.
// Columns: documents.
MATCH (d:`Document`)
RETURN count(d) AS documents

// Purpose: which of these labels any document has.
// Parameters: labels.
// Columns: label.
UNWIND $labels AS label
WITH label WHERE EXISTS { MATCH (d:`Document`) WHERE label IN labels(d) }
RETURN label

// Purpose: which of these properties any document has.
// Parameters: names.
// Columns: name.
UNWIND $names AS name
WITH name WHERE EXISTS { MATCH (d:`Document`) WHERE d[name] IS NOT NULL }
RETURN name

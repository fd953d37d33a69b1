// Purpose: forgets failures of images that are gone.
// Parameters: none.
// Columns: none.
MATCH (f:ReadFailure)
WHERE NOT EXISTS { ()-[:COULD_NOT_READ]->(f) }
DELETE f

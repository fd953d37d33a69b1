// Purpose: how many failures are about images that are gone.
// Parameters: none.
// Columns: failures.
MATCH (f:ReadFailure)
WHERE NOT EXISTS { ()-[:COULD_NOT_READ]->(f) }
RETURN count(f) AS failures

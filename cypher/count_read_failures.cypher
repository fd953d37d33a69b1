// Purpose: how many images could not be read, for the doctor, by what that depends on.
// Parameters: none.
// Columns: depends ('' for the file alone), images, example (one reason).
MATCH (i:`Image`)-[:COULD_NOT_READ]->(f:ReadFailure)
RETURN coalesce(f.depends, '') AS depends, count(DISTINCT i) AS images, min(f.reason) AS example
ORDER BY images DESC, depends

// Purpose: the lock that another migration tool holds, or left behind when it was killed.
// Parameters: name (of the lock).
// Columns: id.
MATCH (l:__Neo4jMigrationsLock {name: $name})
RETURN l.id AS id

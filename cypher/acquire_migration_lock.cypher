// Purpose: take the lock of neo4j-migrations; waits while another open transaction holds it.
// Parameters: id (of this holder), name (of the lock).
// Columns: none.
CREATE (:__Neo4jMigrationsLock {id: $id, name: $name})

// Purpose: the constraint that neo4j-migrations has on the ids of its locks.
// Parameters: none.
// Columns: none.
CREATE CONSTRAINT __Neo4jMigrationsLock__has_unique_id IF NOT EXISTS
FOR (l:__Neo4jMigrationsLock) REQUIRE l.id IS UNIQUE

// Purpose: the constraint that makes a lock of neo4j-migrations exclude the next one.
// Parameters: none.
// Columns: none.
CREATE CONSTRAINT __Neo4jMigrationsLock__has_unique_name IF NOT EXISTS
FOR (l:__Neo4jMigrationsLock) REQUIRE l.name IS UNIQUE

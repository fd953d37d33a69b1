// Purpose: the node that neo4j-migrations' chain begins with, unless it is there.
// Parameters: none.
// Columns: none.
OPTIONAL MATCH (first:__Neo4jMigration {version: 'BASELINE'}) WHERE first.migrationTarget IS NULL
WITH first WHERE first IS NULL
CREATE (:__Neo4jMigration {version: 'BASELINE'})

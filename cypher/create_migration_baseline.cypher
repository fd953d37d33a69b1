// Purpose: the node that neo4j-migrations' chain begins with, unless it is there.
// Parameters: target (of the chain; null is the default one).
// Columns: none.
OPTIONAL MATCH (first:__Neo4jMigration {version: 'BASELINE'})
WHERE coalesce(first.migrationTarget, '') = coalesce($target, '')
WITH first WHERE first IS NULL
CREATE (begun:__Neo4jMigration {version: 'BASELINE'})
SET begun.migrationTarget = $target

// Purpose: the migrations that were applied, in their order (neo4j-migrations' chain).
// Parameters: target (of the chain; null is the default one).
// Columns: version, description, source, checksum, applied_at (ISO, UTC), applied_by.
MATCH path = (first:__Neo4jMigration {version: 'BASELINE'})-[:MIGRATED_TO*]->(last:__Neo4jMigration)
WHERE coalesce(first.migrationTarget, '') = coalesce($target, '') AND NOT EXISTS { (last)-[:MIGRATED_TO]->() }
UNWIND range(0, length(path) - 1) AS position
WITH position, relationships(path)[position] AS step, nodes(path)[position + 1] AS migration
ORDER BY position
RETURN migration.version AS version, migration.description AS description,
  migration.source AS source, migration.checksum AS checksum,
  toString(localdatetime.truncate('second', step.at)) + 'Z' AS applied_at, step.by AS applied_by

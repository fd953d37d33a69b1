// Purpose: record one applied migration at the end of neo4j-migrations' chain.
// Parameters: target (of the chain), previous (version, 'BASELINE' for the first), migration (map of the node's
//   properties), milliseconds (time it took), by (tool), connected_as (user name).
// Columns: version; no row when the previous one is not there.
MATCH (last:__Neo4jMigration {version: $previous})
WHERE coalesce(last.migrationTarget, '') = coalesce($target, '')
CREATE (last)-[step:MIGRATED_TO]->(migration:__Neo4jMigration)
SET migration = $migration, step = {
  at: datetime({timezone: 'UTC'}), in: duration({milliseconds: $milliseconds}),
  by: $by, connectedAs: $connected_as
}
RETURN migration.version AS version

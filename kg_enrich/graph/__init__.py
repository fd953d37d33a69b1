"""Access to Neo4j: connections, named queries, pages, migrations, indexes."""

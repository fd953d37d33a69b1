// Purpose: what server and database this connection speaks to.
// Parameters: none.
// Columns: version, edition, database.
CALL dbms.components() YIELD name, versions, edition
WITH name, versions, edition WHERE name = 'Neo4j Kernel'
CALL db.info() YIELD name AS database
RETURN versions[0] AS version, edition, database

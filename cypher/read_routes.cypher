// Purpose: the servers that a driver would be sent to; a cluster has several.
// Parameters: none.
// Columns: role (ROUTE, READ or WRITE), addresses.
CALL dbms.routing.getRoutingTable({}) YIELD servers
UNWIND servers AS server
RETURN server.role AS role, server.addresses AS addresses

// Purpose: the server's clock, which leases go by.
// Parameters: none.
// Columns: now (milliseconds of the epoch).
RETURN datetime.realtime().epochMillis AS now

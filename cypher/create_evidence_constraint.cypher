// Purpose: one edge a key, whoever merges it and however many do so at once.
// Parameters: name (of the constraint).
// Columns: none.
CREATE CONSTRAINT $name IF NOT EXISTS FOR ()-[r:`HAS_EVIDENCE`]-() REQUIRE r.`key` IS UNIQUE

// Purpose: the indexes of the database, with the constraints that they belong to.
// Parameters: none.
// Columns: name, state, kind, entity ('NODE' or 'RELATIONSHIP'), labels (labels or relationship
//   types), properties, constraint (null for a plain index), options, failure ('' unless FAILED).
SHOW INDEXES
YIELD name, state, type, entityType, labelsOrTypes, properties, owningConstraint, options,
  failureMessage
RETURN name, state, type AS kind, entityType AS entity, labelsOrTypes AS labels, properties,
  owningConstraint AS constraint, options, failureMessage AS failure

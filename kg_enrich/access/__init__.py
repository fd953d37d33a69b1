"""Who may do what: roles, tokens and the sessions that begin with one."""

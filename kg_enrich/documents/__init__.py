"""Documents: reading them, their chunks, and which of them a person means."""

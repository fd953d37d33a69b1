"""Is the evidence right, and is it found: measured, never changed."""

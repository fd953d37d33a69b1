"""What operators see of runs: metrics, and a call when something needs a person."""

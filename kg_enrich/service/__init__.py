"""The web service: pages, and what an HTTP API needs of them. A way in, beside the commands."""

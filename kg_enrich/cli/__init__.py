"""The command line: it reads settings, prints, picks exit codes. Each file holds a command."""

from kg_enrich.cli.main import main

__all__ = ["main"]

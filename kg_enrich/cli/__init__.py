"""The command line: reads settings, prints, picks exit codes. A file a group of commands."""

from kg_enrich.cli.main import main

__all__ = ["main"]

"""The watch folder: a query and an archive of images go in, a file with the ranking comes out."""

from kg_enrich.watch.watcher import Watched, WatchOptions, watch

__all__ = ["WatchOptions", "Watched", "watch"]

"""The remote scorer: a model server elsewhere judges (document, image) pairs, over HTTP.

Importing this package does not import requests; `RemoteScorer` does.
"""

from kg_enrich.scorers.remote.options import PROTOCOLS, RemoteOptions

__all__ = ["PROTOCOLS", "RemoteOptions"]

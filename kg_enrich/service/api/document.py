"""The OpenAPI document: what FastAPI knows of the routes, and what it does not."""

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from kg_enrich import __version__
from kg_enrich.answers.schemas import mark

_ABOUT = """Evidence in a Neo4j knowledge graph: read, judged, and spoken of by people.

Every JSON answer of ours begins with `format: 1`; fields may be added within a format. Scores are
from 0 to 10. Lists come a page at a time: pass `after` of one page for the next. Errors are
`{"error": {"code", "message", "request"}}`.
"""
# The shape of other people's, which carries no number of our formats, and of what is no success.
_UNMARKED = ("CommonReranked", "Problem")


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once; `app.openapi` would know nothing of our formats."""
    if app.openapi_schema is None:
        made = get_openapi(
            title="kg-enrich", version=__version__, description=_ABOUT, routes=app.routes
        )
        components = made["components"]
        components["securitySchemes"] = {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "`kg-enrich token create` makes one. On loopback none is needed.",
            }
        }
        made["security"] = [{"token": []}, {}]
        for name in sorted(_answers(made) - set(_UNMARKED)):
            mark(components["schemas"][name])
        app.openapi_schema = made
    return app.openapi_schema


def _answers(made: dict[str, Any]) -> set[str]:
    """Names of the shapes that a route answers with, whole."""
    names = set()
    for operations in made["paths"].values():
        for operation in operations.values():
            for response in operation["responses"].values():
                schema = response.get("content", {}).get("application/json", {}).get("schema", {})
                if "$ref" in schema:
                    names.add(schema["$ref"].rpartition("/")[2])
    return names

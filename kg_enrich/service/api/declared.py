"""What the OpenAPI document says of answers: their shapes, and every way to be refused."""

from typing import Any

from starlette.responses import Response

from kg_enrich.answers import Shape, serialise
from kg_enrich.answers.problem import Problem

JSON = "application/json"

# What any route may answer with: who asks, how often, how large, whether the graph answers.
_ALWAYS = (400, 401, 403, 413, 421, 422, 429, 500, 502, 503)
_ABOUT = {
    400: "The body cannot be read, or what is asked for cannot be, as the message says.",
    401: "Nobody is signed in, or the token is not in force.",
    403: "The role is not enough, or the request comes from another site's page.",
    404: "There is no such thing.",
    405: "The path takes no such method.",
    406: "No such form of answer is there.",
    409: "It cannot be done now: another is at work.",
    412: "It changed since it was read.",
    413: "The request is too large.",
    415: "The body is of a kind that is not read.",
    421: "The service does not answer to this name.",
    422: "The request is not as this document says.",
    428: "The header If-Match is missing.",
    429: "Too many requests, or too much waits to be scored; Retry-After says when to ask again.",
    500: "Something failed; the message or the log says what.",
    502: "The graph does not answer.",
    503: "Not now: the scorer is missing, cannot work, or took too long.",
}


def declared(shape: type[Shape], *refusals: int, status: int = 200) -> dict[int | str, Any]:
    """The `responses` of a route: its answer's shape, and how it may be refused."""
    return {status: {"model": shape, "description": _about(shape)}, **refused(*refusals)}


def refused(*refusals: int) -> dict[int | str, Any]:
    """The refusals alone, those that are always possible among them."""
    return {
        status: {"model": Problem, "description": _ABOUT[status]}
        for status in sorted({*_ALWAYS, *refusals})
    }


def answer(shape: Shape, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer by the one serialiser."""
    return Response(serialise(shape), status, headers, media_type=JSON)


def _about(shape: type[Shape]) -> str:
    return (shape.__doc__ or "").split("\n\n")[0].strip()

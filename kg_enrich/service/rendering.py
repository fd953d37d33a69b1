"""Templates to answers. Whatever stands in a document, a file's name or an error is text."""

import hashlib
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from kg_enrich.access.roles import Role
from kg_enrich.service.catalogue import LANGUAGE_COOKIE, LANGUAGES, language_of, texts

_HERE = Path(__file__).parent
STATIC = _HERE / "static"


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        # Everywhere, whatever a template is called.
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters["urlquote"] = lambda value: quote(str(value), safe="")
    environment.globals["address"] = address
    environment.globals["static"] = static_address
    environment.globals["languages"] = LANGUAGES
    environment.globals["Role"] = Role
    return environment


def address(path: str, **query: Any) -> str:
    """A path with a query; parts that are None or '' are left out. Ids may hold any character."""
    given = {name: value for name, value in query.items() if value not in (None, "", [])}
    return f"{path}?{urlencode(given, doseq=True, errors='replace')}" if given else path


@cache
def static_address(name: str) -> str:
    """The address of one of our files; it changes with the file, so that browsers may keep it."""
    version = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={version}"


def language(request: Request) -> str:
    """The language of a request's browser."""
    cookie = request.cookies.get(LANGUAGE_COOKIE)
    return language_of(cookie, request.headers.get("accept-language", ""))


def text(request: Request, code: str, **values: object) -> str:
    """A text of the catalogue in the request's language, filled in."""
    return texts(language(request))[code].format(**values)


def page(request: Request, template: str, status: int = 200, **values: Any) -> HTMLResponse:
    """A whole page, or a fragment of one; what it is of, the template says."""
    spoken = language(request)
    known = texts(spoken)
    context = {
        "request": request,
        "who": getattr(request.state, "who", None),
        "language": spoken,
        "path": _here(request),
        "t": lambda code, **filled: known[code].format(**filled) if filled else known[code],
        "status": status,
        **values,
    }
    html = _environment().get_template(template).render(context)
    return HTMLResponse(html, status, headers={"Vary": "Cookie, Accept-Language"})


def login_address(request: Request) -> str:
    """Where to sign in, and come back from to the page that was asked for."""
    return address("/login", next=_here(request))


def local(path: str | None) -> str:
    """A path of ours to go on to; anything that a browser might take for another site's is '/'."""
    if not path or not path.startswith("/") or path.startswith(("//", "/\\")):
        return "/"
    return "/" if any(ord(sign) < 32 or sign == "\\" for sign in path) else path


def _here(request: Request) -> str:
    query = request.url.query
    return request.url.path + (f"?{query}" if query else "")

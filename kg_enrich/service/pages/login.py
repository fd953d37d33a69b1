"""Signing in with a token, signing out, and the language: what needs nobody to be signed in."""

from typing import Annotated

from fastapi import APIRouter, Form, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.access.sessions import SECONDS
from kg_enrich.service.catalogue import LANGUAGE_COOKIE, LANGUAGES
from kg_enrich.service.gate import is_secure
from kg_enrich.service.identity import SESSION_COOKIE, Viewer
from kg_enrich.service.rendering import local, page

router = APIRouter()


@router.get("/login")
def show_login(request: Request, next: str = "/") -> Response:
    """The form that takes a token."""
    if request.app.state.options.open:
        return RedirectResponse(local(next), 303)
    return page(request, "login.html", next=local(next), wrong=False)


@router.post("/login")
def login(
    request: Request, token: Annotated[str, Form()], next: Annotated[str, Form()] = "/"
) -> Response:
    """Begins a session, when the token is one in force."""
    kg, options = request.app.state.kg, request.app.state.options
    holder = kg.token_holder(token.strip())
    if holder is None:
        return page(request, "login.html", 401, next=local(next), wrong=True)
    answer = RedirectResponse(local(next), 303)
    answer.set_cookie(
        SESSION_COOKIE,
        kg.begin_session(holder),
        max_age=SECONDS,
        httponly=True,
        samesite="strict",
        secure=is_secure(request, options),
    )
    return answer


@router.post("/logout")
def logout(request: Request, who: Viewer) -> Response:
    """Ends the session."""
    if secret := request.cookies.get(SESSION_COOKIE):
        request.app.state.kg.end_session(secret)
        request.app.state.doorkeeper.forget(secret)
    answer = RedirectResponse("/login", 303)
    answer.delete_cookie(SESSION_COOKIE, httponly=True, samesite="strict")
    return answer


@router.get("/language")
def choose_language(request: Request, to: str, next: str = "/") -> Response:
    """Keeps the language that a person chose, which harms nobody when a link does it."""
    answer = RedirectResponse(local(next), 303)
    if to in LANGUAGES:
        answer.set_cookie(
            LANGUAGE_COOKIE, to, max_age=365 * 24 * 3600, httponly=True, samesite="lax"
        )
    return answer

"""Audit: drawn pairs, one after the other, with the score and what others said hidden."""

from typing import Annotated

from fastapi import APIRouter, Form, Query, Request
from starlette.responses import RedirectResponse, Response

from kg_enrich.api import KnowledgeGraph
from kg_enrich.errors import SettingsError
from kg_enrich.evidence.models import Decision
from kg_enrich.evidence.reservations import audit_item
from kg_enrich.measure.asking import AuditQuestion
from kg_enrich.service.identity import Reviewer
from kg_enrich.service.pages.review import REASONS, Id
from kg_enrich.service.reading import read
from kg_enrich.service.rendering import address, page
from kg_enrich.service.work import Tab, tab_of

router = APIRouter()

# What somebody passed over comes again once there are so many: an address has its bounds.
_PASSED = 40
_ITEM = audit_item("")
Keys = Annotated[list[str] | None, Query(max_length=_PASSED)]


@router.get("/audit")
def ask(
    request: Request,
    who: Reviewer,
    passed: Keys = None,
    second: bool = False,
    key: str = "",
    last: str = "",
) -> Response:
    """The next pair, or the one of a key once more. last: the one that was answered before."""
    kg: KnowledgeGraph = request.app.state.kg
    passed = list(passed or ())
    tab = tab_of(request)
    try:
        question = kg.audit_question(key) if key else _next(kg, who.name, passed, second, tab)
    except SettingsError as error:
        return page(request, "audit_end.html", message=str(error), last=last, second=second)
    if question is None:
        return page(request, "audit_end.html", message="", last=last, second=second)
    return page(
        request,
        "audit.html",
        question=question,
        # Somebody else may be at it, when its own address was asked for.
        reserved=not key or kg.reserve(audit_item(question.key), who.name, tab.id),
        reading=read(question.text, question.words),
        reasons=REASONS,
        more_reasons=request.app.state.options.reasons,
        passed=passed,
        skip=address(
            "/audit", passed=[*passed, question.key][-_PASSED:], second=int(second) or None
        ),
        second=second,
        last=last,
    )


@router.post("/audit")
def answer(
    request: Request,
    who: Reviewer,
    key: Id,
    decision: Annotated[Decision, Form()],
    reasons: Annotated[list[str] | None, Form(max_length=40)] = None,
    note: Annotated[str, Form(max_length=2000)] = "",
    second: Annotated[bool, Form()] = False,
    passed: Annotated[list[str] | None, Form(max_length=_PASSED)] = None,
) -> Response:
    """Keeps an answer, and goes on to the next pair."""
    kg: KnowledgeGraph = request.app.state.kg
    given = [one[:200] for one in reasons or ()] if decision is Decision.REJECT else []
    kg.audit_answer(key, decision, by=who.name, reasons=given, note=note.strip())
    onward = address("/audit", last=key, second=int(second) or None, passed=passed)
    return RedirectResponse(onward, 303)


@router.post("/audit/undo")
def undo(request: Request, who: Reviewer, key: Id) -> Response:
    """Takes an answer back, and asks again."""
    request.app.state.kg.audit_answer(key, None, by=who.name)
    return RedirectResponse(address("/audit", key=key), 303)


def _next(
    kg: KnowledgeGraph, by: str, passed: list[str], second: bool, tab: Tab
) -> AuditQuestion | None:
    """The next pair that nobody else has before them right now; reserved.

    What the tab had before is given back, but for the pair that is still before the reviewer.
    """
    kept = [audit_item(tab.beside)] if tab.beside else []
    for one in kept:
        kg.reserve(one, by, tab.id)
    taken = kg.reserved(by, tab.id)
    aside = {*passed, *(one.removeprefix(_ITEM) for one in taken if one.startswith(_ITEM))}
    found = kg.audit_next(by=by, passed_over=aside, second=second)
    # Somebody may take it at the same time.
    while found is not None and not kg.reserve(audit_item(found.key), by, tab.id):
        aside.add(found.key)
        found = kg.audit_next(by=by, passed_over=aside, second=second)
    if tab.id:
        kg.release(by, tab.id, *kept, *([audit_item(found.key)] if found else []))
    return found

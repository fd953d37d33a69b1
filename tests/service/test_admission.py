"""Who is let in, and whose requests are served."""

import ipaddress
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from fastapi.routing import APIRoute

from kg_enrich import KnowledgeGraph, SettingsError
from kg_enrich.access.roles import Role
from kg_enrich.graph.connection import Graph
from kg_enrich.service.app import create_app, require_admission
from kg_enrich.service.identity import SESSION_COOKIE, Needs
from kg_enrich.service.options import ServiceOptions, options_of
from tests.support.graphs import ask
from tests.support.neo4j_server import Neo4jServer
from tests.support.service import HERE, client, settings_of

AWAY = ServiceOptions("0.0.0.0", 8501)
SITE = "http://kg.example:8501"
OPEN = {"/healthz", "/readyz", "/login", "/language"}


def bearer(secret: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {secret}"}


def every_route(routes: Iterable[object]) -> Iterator[APIRoute]:
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif (router := getattr(route, "original_router", None)) is not None:
            yield from every_route(router.routes)


def test_every_route_says_whom_it_needs(kg: KnowledgeGraph) -> None:
    routes = list(every_route(create_app(kg, AWAY).routes))
    unguarded = {
        route.path
        for route in routes
        if not any(isinstance(one.call, Needs) for one in route.dependant.dependencies)
    }
    assert unguarded == OPEN
    assert len(routes) > len(OPEN)


def test_on_loopback_nobody_signs_in_and_strange_names_are_refused(kg: KnowledgeGraph) -> None:
    browser = client(kg)
    seen = browser.get("/runs")
    assert seen.status_code == 200
    assert "lin" in seen.text
    for name in ("localhost:8501", "127.0.0.1", "[::1]:8501"):
        assert browser.get("/runs", headers={"Host": name}).status_code == 200
    # A name of somebody else that was made to point here.
    for name in ("evil.example:8501", "127.0.0.1:9999", "127.0.0.1.evil.example", ""):
        assert browser.get("/runs", headers={"Host": name}).status_code == 421
    assert browser.get("/healthz").json() == browser.get("/readyz").json() == {"status": "ok"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 303),
        ({"Origin": HERE}, 303),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://127.0.0.1:9999"}, 403),
        ({"Sec-Fetch-Site": "cross-site"}, 403),
        ({"Sec-Fetch-Site": "same-site", "Origin": HERE}, 403),
        ({"Sec-Fetch-Site": "same-origin", "Origin": HERE}, 303),
    ],
)
def test_forms_of_other_sites_are_refused(
    kg: KnowledgeGraph, headers: dict[str, str], status: int
) -> None:
    assert client(kg).post("/logout", headers=headers).status_code == status


def test_answers_carry_strict_headers_and_errors_no_trace(kg: KnowledgeGraph) -> None:
    browser = client(kg)
    for path in ("/runs", "/nothing", "/static/page.css"):
        headers = browser.get(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert browser.get("/runs", headers={"X-Request-ID": "a-1"}).headers["x-request-id"] == "a-1"
    strange = browser.get("/runs", headers={"X-Request-ID": "a b"}).headers["x-request-id"]
    assert re.fullmatch("[0-9a-f]{32}", strange)
    app = create_app(kg, ServiceOptions())

    @app.get("/broken")
    def broken() -> None:
        raise ValueError("secret-of-ours")

    from fastapi.testclient import TestClient

    answer = TestClient(app, base_url=HERE).get("/broken", headers={"X-Request-ID": "a-2"})
    assert answer.status_code == 500
    assert "a-2" in answer.text
    assert "secret-of-ours" not in answer.text
    assert "Traceback" not in answer.text


def test_bodies_are_bounded(kg: KnowledgeGraph) -> None:
    browser = client(kg, AWAY, SITE)
    assert browser.post("/login", data={"token": "x" * (1 << 20)}).status_code == 413

    def parts() -> "list[bytes]":
        return [b"token=", *[b"x" * 65536] * 17]

    said = browser.post(
        "/login",
        content=iter(parts()),
        headers={"Content-Type": "application/x-www-form-urlencoded"},
    )
    assert said.status_code in (400, 413)


def test_a_token_signs_in_acts_by_its_role_and_ends_when_revoked(
    kg: KnowledgeGraph, graph: Graph, monkeypatch: pytest.MonkeyPatch
) -> None:
    # What was just asked is remembered for a moment; here for none.
    monkeypatch.setattr("kg_enrich.service.identity._REMEMBERED_SECONDS", 0.0)
    with pytest.raises(SettingsError, match=r"nobody could sign in.*token create"):
        require_admission(kg, AWAY)
    made = kg.create_token(Role.VIEWER, "wu")
    require_admission(kg, AWAY)
    kept = ask(graph, "MATCH (t:ServiceToken) RETURN properties(t) AS kept")[0]["kept"]
    assert made.secret not in str(kept)

    browser = client(kg, AWAY, SITE)
    asked = browser.get("/runs?x=1")
    assert (asked.status_code, asked.headers["location"]) == (303, "/login?next=%2Fruns%3Fx%3D1")
    assert browser.post("/logout").status_code == 401
    assert browser.post("/login", data={"token": "kge_wrong"}).status_code == 401
    done = browser.post("/login", data={"token": made.secret, "next": "//evil.example/x"})
    assert (done.status_code, done.headers["location"]) == (303, "/")
    cookie = done.headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=strict" in cookie
    assert made.secret not in cookie
    assert SESSION_COOKIE in browser.cookies

    page = browser.get("/runs").text
    assert "wu" in page
    csrf = re.search(r'name="csrf" content="(\w+)"', page)
    assert csrf
    # Another site cannot know what only our page holds.
    assert browser.post("/logout").status_code == 403
    assert browser.post("/logout", data={"csrf": "0" * 64}).status_code == 403
    assert browser.post("/logout", headers={"X-CSRF-Token": csrf[1]}).status_code == 303
    assert browser.get("/runs").status_code == 303

    # A program sends the token itself, and needs no form of ours.
    program = client(kg, AWAY, SITE)
    assert program.get("/runs", headers=bearer(made.secret)).status_code == 200
    assert program.get("/runs", headers=bearer(made.secret + "x")).status_code == 401
    browser.post("/login", data={"token": made.secret})
    assert browser.get("/runs").status_code == 200
    kg.revoke_token(made.token.id)
    assert browser.get("/runs").status_code == 303
    assert program.get("/runs", headers=bearer(made.secret)).status_code == 401
    assert ask(graph, "MATCH (s:ServiceSession) RETURN count(s) AS n") == [{"n": 0}]
    with pytest.raises(SettingsError, match="no token"):
        kg.revoke_token("0000000000")


def test_a_session_ends_by_itself(kg: KnowledgeGraph, graph: Graph) -> None:
    from kg_enrich.access.sessions import begin_session, find_session

    made = kg.create_token(Role.REVIEWER, "wu")
    holder = kg.token_holder(made.secret)
    assert holder
    old = begin_session(graph, holder, seconds=-1)
    assert find_session(graph, old) is None
    new = begin_session(graph, holder)
    assert find_session(graph, new) == holder
    assert ask(graph, "MATCH (s:ServiceSession) RETURN count(s) AS n") == [{"n": 1}]


def test_a_proxys_header_is_believed_from_listed_addresses_alone(kg: KnowledgeGraph) -> None:
    options = ServiceOptions(
        "0.0.0.0",
        8501,
        proxy_header="X-Forwarded-User",
        proxy_networks=(ipaddress.ip_network("10.1.0.0/16"),),
        proxy_role=Role.VIEWER,
    )
    require_admission(kg, options)
    named = {"X-Forwarded-User": "zhao"}
    near, far = (client(kg, options, SITE, peer) for peer in ("10.1.2.3", "10.2.0.1"))
    assert "zhao" in near.get("/runs", headers=named).text
    assert near.get("/runs").status_code == 303
    assert far.get("/runs", headers=named).status_code == 303
    # On this machine's own address, too, somebody must be named once a proxy is said to be there.
    local = client(kg, ServiceOptions(proxy_header="X-User", proxy_networks=options.proxy_networks))
    assert local.get("/runs", headers={"X-User": "zhao"}).status_code == 303


def test_options_that_cannot_be_meant_are_refused(
    neo4j_server: Neo4jServer, tmp_path: Path
) -> None:
    alone = settings_of(neo4j_server, tmp_path, tmp_path, service_proxy_header="X-User")
    with pytest.raises(SettingsError, match="go together"):
        options_of(alone, "0.0.0.0", 1)
    strange = alone.model_copy(update={"service_proxy_addresses": ("everywhere",)})
    with pytest.raises(SettingsError, match="'everywhere' is no address"):
        options_of(strange, "0.0.0.0", 1)


def test_the_language_follows_the_browser_and_the_person(kg: KnowledgeGraph) -> None:
    browser = client(kg)
    assert 'lang="en"' in browser.get("/runs").text
    chinese = browser.get("/runs", headers={"Accept-Language": "fr, zh-CN;q=0.9, en;q=0.8"})
    assert "运行记录" in chinese.text
    assert 'lang="zh-Hans"' in chinese.text
    chosen = browser.get("/language?to=zh&next=/runs")
    assert chosen.headers["location"] == "/runs"
    assert "运行记录" in browser.get("/runs").text
    assert browser.get("/language?to=xx&next=https://evil.example").headers["location"] == "/"

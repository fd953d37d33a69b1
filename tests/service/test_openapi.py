"""The OpenAPI document says what the service does: asked at random, it answers as declared."""

from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi import checks

from kg_enrich import KnowledgeGraph
from kg_enrich.service.app import create_app
from kg_enrich.service.options import ServiceOptions


@pytest.fixture
def declared(kg: KnowledgeGraph) -> Any:
    app = create_app(kg, ServiceOptions(user="lin", hosts=("testserver",), max_images=5))
    return schemathesis.openapi.from_asgi("/openapi.json", app)


schema = schemathesis.pytest.from_fixture("declared")


@schema.parametrize()
@settings(max_examples=8, deadline=None, suppress_health_check=list(HealthCheck))
def test_every_answer_is_declared(case: Any) -> None:
    case.call_and_validate(
        checks=[
            not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_schema_conformance,
            checks.negative_data_rejection,
        ]
    )

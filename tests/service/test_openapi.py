"""The OpenAPI document says what the service does: asked at random, it answers as declared."""

from typing import Any

import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi import checks

from kg_enrich import KnowledgeGraph
from kg_enrich.service.app import create_app
from kg_enrich.service.options import ServiceOptions

_EXAMPLES = 6


def test_every_answer_is_declared(kg: KnowledgeGraph) -> None:
    options = ServiceOptions(user="lin", hosts=("testserver",), max_images=5)
    schema = schemathesis.openapi.from_asgi("/openapi.json", create_app(kg, options))
    found = list(schema.get_all_operations())
    operations = [one.ok() for one in found if isinstance(one, Ok)]
    assert len(operations) == len(found) > 20
    for operation in operations:
        ask_at_random(operation)


def ask_at_random(operation: Any) -> None:
    @given(case=operation.as_strategy())
    @settings(max_examples=_EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        # In a form all is text: nothing in it can be of a wrong type.
        strict = (
            [] if case.media_type == "multipart/form-data" else [checks.negative_data_rejection]
        )
        case.call_and_validate(
            checks=[
                not_a_server_error,
                checks.status_code_conformance,
                checks.content_type_conformance,
                checks.response_schema_conformance,
                *strict,
            ]
        )

    ask()

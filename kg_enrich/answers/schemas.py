"""The JSON Schema of what each command prints with --json. `schemas/` holds them as files."""

from typing import Any

from pydantic.json_schema import GenerateJsonSchema, models_json_schema

from kg_enrich.answers import (
    access,
    auditing,
    evidence,
    finding,
    judging,
    loading,
    machine,
    runs,
    watching,
)
from kg_enrich.answers.shape import FORMAT, Shape

DIALECT = "https://json-schema.org/draft/2020-12/schema"

# A command to the shapes that it may answer with. What tells them apart is an option of its.
ANSWERS: dict[str, tuple[type[Shape], ...]] = {
    "migrate": (machine.GraphStatus,),
    "load": (loading.Loaded,),
    "read-images": (loading.ReadImages,),
    "run": (runs.Run, runs.LoadedRun, runs.Plan),
    "backfill": (runs.Run, runs.Plan),
    "publish": (runs.Run, runs.Plan),
    "rollback": (runs.Run, runs.Plan),
    "prune": (runs.Run, runs.Plan),
    "candidates": (judging.Candidates,),
    "estimate": (judging.Estimate,),
    "score": (judging.Scores,),
    "watch": (watching.JobResult, watching.JobError),
    "show": (evidence.Shown, evidence.ImagesWithoutEvidence),
    "unreadable": (evidence.UnreadableImages,),
    "unreferenced": (evidence.Unreferenced, evidence.Dismissed),
    "evaluate": (finding.Evaluation, finding.Drift, finding.PrefilterLoss),
    "audit draw": (auditing.Drawn,),
    "audit extend": (auditing.Drawn,),
    "audit status": (auditing.AuditStatus,),
    "calibrate": (auditing.Calibration,),
    "queue": (evidence.Queue,),
    "review": (evidence.Reviewed, evidence.BulkPlan, evidence.BulkReviewed),
    "runs": (runs.Runs, runs.RunDetail),
    "settings": (machine.Settings,),
    "refresh-corpus": (evidence.Refreshed,),
    "parity": (judging.Parity,),
    "doctor": (machine.Checks,),
    "token create": (access.NewToken,),
    "token list": (access.Tokens,),
    "token revoke": (access.Token,),
    "neo4j start": (machine.Server,),
    "neo4j stop": (machine.Stopped,),
    "neo4j status": (machine.Server,),
}


class _Untitled(GenerateJsonSchema):
    """Without a title for every field that says its name again."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def schema(command: str) -> dict[str, Any]:
    """The JSON Schema of what a command prints with --json. Errors: KeyError for another name."""
    shapes = ANSWERS[command]
    _, written = models_json_schema(
        [(shape, "serialization") for shape in shapes], schema_generator=_Untitled
    )
    definitions = written["$defs"]
    for shape in shapes:
        mark(definitions[shape.__name__])
    references = [{"$ref": f"#/$defs/{shape.__name__}"} for shape in shapes]
    return {
        "$schema": DIALECT,
        "title": f"kg-enrich {command} --json",
        **(references[0] if len(shapes) == 1 else {"anyOf": references}),
        "$defs": definitions,
    }


def mark(definition: dict[str, Any]) -> None:
    """Adds the format's number, which the serialiser writes into the outermost object."""
    definition["properties"] = {"format": {"const": FORMAT}} | definition["properties"]
    definition["required"] = ["format", *definition["required"]]


def file_name(command: str) -> str:
    """The file in `schemas/` that holds a command's schema."""
    return f"{command.replace(' ', '-')}.json"

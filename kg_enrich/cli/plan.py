"""Prints a dry run."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kg_enrich.jobs.plan import Plan


def print_plan(plan: "Plan", as_json: bool) -> int:
    """Prints what would change. The exit code is 0 in any case."""
    from kg_enrich.answers import runs as answers
    from kg_enrich.cli.output import print_json, print_table, say

    if as_json:
        print_json(answers.plan(plan))
        return 0
    print_table("Edges that would change", ("change", "edges"), plan.counts.items())
    rows = [
        (change.value, edge.document, edge.image, _score(edge.before), _score(edge.after))
        for change, edges in plan.examples.items()
        for edge in edges
    ]
    if rows:
        print_table("Examples", ("change", "document", "image", "from", "to"), rows)
    others = {name: number for name, number in plan.numbers.items() if number}
    if others:
        print_table("Besides", ("what", "number"), others.items())
    say("Dry run: nothing was written.")
    return 0


def _score(score: float | None) -> str:
    return "-" if score is None else f"{score:.2f}"

"""The part of `kg-enrich review` that speaks of many pairs at once."""

import sys
from typing import TYPE_CHECKING, Any

import click

from kg_enrich.cli.scope import parse_scope

if TYPE_CHECKING:
    from kg_enrich.evidence.models import Decision
    from kg_enrich.upkeep.bulk import BulkPlan, BulkReviewed


def by_rule(
    decision: "Decision",
    reasons: tuple[str, ...],
    by: str | None,
    as_json: bool,
    *,
    min_confidence: float | None,
    max_confidence: float | None,
    source: str | None,
    token: str | None,
    dry_run: bool,
    yes: bool,
    **documents: Any,
) -> None:
    """Shows what a rule means, asks, and says it. Errors: SettingsError, GraphError."""
    from kg_enrich import api, compose
    from kg_enrich.answers import evidence as answers
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.settings import load_settings
    from kg_enrich.upkeep.bulk import Rule

    settings = load_settings(source=source)
    scope = parse_scope(settings, **documents)
    rule = Rule(compose.source_name(settings), min_confidence, max_confidence, scope)
    with api.open(settings, say=say) as kg:
        plan = kg.plan_review_all(rule)
        if dry_run:
            if as_json:
                print_json(answers.BulkPlan.model_validate(plan))
            else:
                _print(plan)
                say("Dry run: nothing was written.")
            return
        if not yes:
            _ask(decision, plan)
        done = kg.review_all(rule, decision, token=token, reasons=reasons, by=by)
    if as_json:
        print_json(answers.BulkReviewed.model_validate(done))
    else:
        say(f"Rule: {done.rule}.")
        click.echo(_sentence(done))
        click.echo(f"To take it back: kg-enrich review --undo-batch {done.token}")


def take_back(token: str, as_json: bool) -> None:
    """Takes back what a rule said, as one. Errors: SettingsError, GraphError."""
    from kg_enrich import api
    from kg_enrich.answers import evidence as answers
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.settings import load_settings

    done = api.undo_batch(token, load_settings(), say=say)
    if as_json:
        print_json(answers.BulkReviewed.model_validate(done))
    else:
        click.echo(_sentence(done))


def _ask(decision: "Decision", plan: "BulkPlan") -> None:
    """Errors: Abort when the answer is no, UsageError where nobody can be asked."""
    from kg_enrich.cli.output import say

    say(f"Rule: {plan.rule}.")
    for pair in plan.examples:
        say(f"  {pair.document}  {pair.image}  {pair.score:.2f}")
    if plan.pairs > len(plan.examples):
        say(f"  and {plan.pairs - len(plan.examples)} more")
    question = f"{decision.value.capitalize()} {plan.pairs} pairs of {plan.documents} documents?"
    if not sys.stdin.isatty():
        raise click.UsageError(f"{question} Nobody is there to be asked: say --yes.")
    click.confirm(question, abort=True, err=True)


def _print(plan: "BulkPlan") -> None:
    from kg_enrich.cli.output import print_table, say

    say(f"Rule: {plan.rule}.")
    numbers = [("pairs", plan.pairs), ("documents", plan.documents)]
    numbers.append(("left out, because somebody spoke of them", plan.spoken))
    print_table("What the rule means", ("what", "number"), numbers)
    if plan.examples:
        rows = [(pair.document, pair.image, f"{pair.score:.2f}") for pair in plan.examples]
        print_table("The first pairs", ("document", "image", "score"), rows)


def _sentence(done: "BulkReviewed") -> str:
    what = "Took back what was said" if done.decision is None else f"Recorded {done.decision}"
    said = f"{what} of {done.pairs} pairs of {done.documents} documents. Published "
    said += f"{done.published}, withdrawn {done.withdrawn}."
    if done.kept:
        said += f" {done.kept} pairs were spoken of otherwise since, which stays."
    return said

"""Prints a dry run."""

import sys
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.jobs.plan import Plan

_NAMES = {
    "pairs": "pairs to be judged",
    "images": "images that are read for it",
    "held": "pairs held back, as too many documents would get the image",
    "ledgers": "ledgers written or removed",
    "holds": "holds written or removed",
    "failures": "read failures removed",
    "touched": "edges and ledgers that changed since that run",
    "standing": "edges that stand now",
    "trailing": "pairs whose image does not lead clearly",
    "rivals": "images held back, as no document leads clearly",
}


def print_plan(plan: "Plan", as_json: bool) -> int:
    """Prints what would change. The exit code is 0 in any case."""
    from kg_enrich.answers import runs as answers
    from kg_enrich.cli.output import print_json, print_table, say

    if as_json:
        print_json(answers.plan(plan))
        return 0
    # Before a first run there is nothing but pairs to be judged.
    known = any(plan.counts.values()) or not plan.pairs
    if known:
        print_table("Edges that would change", ("change", "edges"), plan.counts.items())
    rows = [
        (change.value, edge.document, edge.image, _score(edge.before), _score(edge.after))
        for change, edges in plan.examples.items()
        for edge in edges
    ]
    if rows:
        print_table("Examples", ("change", "document", "image", "from", "to"), rows)
    _say_share(plan)
    others = [(_NAMES[name], number) for name, number in plan.numbers.items() if number]
    if others:
        print_table("In numbers", ("what", "number"), others)
    if plan.pairs:
        say(f"What becomes of {plan.pairs} pairs is known once they are judged.")
    say("Dry run: nothing was written.")
    return 0


def agreed(plan: "Plan", yes: bool, share: float) -> bool:
    """Whether what a plan would change may be done: a person is asked, or has said --yes.

    Where nobody can be asked it is done, unless it withdraws too much. share: the brake's.
    Errors: BrakeError.
    """
    from kg_enrich.cli.output import say
    from kg_enrich.errors import BrakeError
    from kg_enrich.jobs.brake import Brake
    from kg_enrich.jobs.plan import Change

    changes = ", ".join(f"{change} {many}" for change, many in plan.counts.items() if many)
    say(f"Edges that change: {changes or 'none'}; {plan.standing} stand now.")
    _say_share(plan)
    withdrawn = plan.counts[Change.WITHDRAW]
    if yes or not (changes or plan.ledgers or plan.holds or plan.failures):
        return True
    if sys.stdin.isatty():
        return click.confirm("Go on?", err=True)
    if Brake("", plan.standing, share).is_too_much(withdrawn):
        raise BrakeError(
            f"{withdrawn} of {plan.standing} edges would be withdrawn, and nobody is there to be "
            "asked: look with --dry-run, and say --yes if it is right."
        )
    return True


def _say_share(plan: "Plan") -> None:
    """What the lead that a policy asks for keeps from being published, where it asks for one."""
    from kg_enrich.cli.output import say
    from kg_enrich.jobs.plan import Change

    if plan.trailing:
        left = plan.standing + plan.counts[Change.ADD] - plan.counts[Change.WITHDRAW]
        enough = left + plan.trailing
        say(
            f"Of {enough} pairs that score high enough {left} ({left / enough:.0%}) lead their "
            f"document's next image clearly and are published; {plan.trailing} are not."
        )
    if plan.rivals:
        left = plan.standing + plan.counts[Change.ADD] - plan.counts[Change.WITHDRAW]
        enough = left + plan.held
        say(
            f"{plan.rivals} images are held back because their best document does not lead their "
            f"next one clearly: with hubs, {plan.held} of {enough} pairs "
            f"({plan.held / enough:.0%}) are not published for it."
        )


def _score(score: float | None) -> str:
    return "-" if score is None else f"{score:.2f}"

"""kg-enrich audit: a random sample of what was judged, answered by people."""

from math import isnan
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.measure.audit import Drawn
    from kg_enrich.measure.status import AuditStatus, Threshold

_SOURCE = click.option("--source", help="The evidence source; without it the one of the settings.")
_SIZE = click.option(
    "--size", type=click.IntRange(1, 10_000), default=300, show_default=True, help="Pairs, about."
)
_BY = click.option("--by", help="Who answers or draws; else the user of this machine's account.")
_JSON = click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")


@click.group()
def audit() -> None:
    """Ask people about a random sample of judged pairs: how much of the evidence is right?

    Only pairs that were drawn by chance can answer that, and only answers that were given without
    seeing the score. What they show, `audit status` says.

    \b
    Example:
      kg-enrich audit draw
      kg-enrich audit next --by lin
      kg-enrich audit status
    """


@audit.command()
@_SIZE
@click.option("--seed", help="The same one draws the same pairs; by default it is the source's.")
@click.option("--again", is_flag=True, help="Although there is an audit; answers count on.")
@_SOURCE
@_BY
@_JSON
def draw(
    size: int, seed: str | None, again: bool, source: str | None, by: str | None, as_json: bool
) -> None:
    """Draw judged pairs, some of every score, each with a chance that is known.

    A larger audit of the same seed holds what a smaller one held, with the answers to it.

    \b
    Example:
      kg-enrich audit draw --size 300
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say
    from kg_enrich.settings import load_settings

    with api.open(load_settings(source=source), say=say) as kg:
        _print_drawn(kg.audit_draw(size, seed=seed, again=again, by=by), as_json)


@audit.command()
@_SIZE
@_SOURCE
@_BY
@_JSON
def extend(size: int, source: str | None, by: str | None, as_json: bool) -> None:
    """Draw pairs that are new, or were judged again, since the audit was drawn.

    They count once they are all answered.

    \b
    Example:
      kg-enrich audit extend --size 50
    """
    from kg_enrich import api
    from kg_enrich.cli.output import say
    from kg_enrich.settings import load_settings

    with api.open(load_settings(source=source), say=say) as kg:
        _print_drawn(kg.audit_extend(size, by=by), as_json)


@audit.command()
@click.option(
    "--precision",
    type=click.FloatRange(0, 1, min_open=True, max_open=True),
    default=0.9,
    show_default=True,
    help="Share of right pairs that is wanted.",
)
@_SOURCE
@_JSON
def status(precision: float, source: str | None, as_json: bool) -> None:
    """Show what the audit covers, what its answers show, and what is missing.

    Bounds hold at 95 % for all thresholds of the table together, and at 95 % for the lowest
    threshold that is named. What is unsure, disputed or was skipped counts as wrong in them.

    \b
    Example:
      kg-enrich audit status --precision 0.9
    """
    from kg_enrich import api
    from kg_enrich.answers import auditing as answers
    from kg_enrich.cli.output import print_json, say
    from kg_enrich.settings import load_settings

    with api.open(load_settings(source=source), say=say) as kg:
        found = kg.audit_status(precision=precision)
    if as_json:
        print_json(answers.audit_status(found))
    else:
        _print_status(found)


@audit.command("next")
@_BY
@click.option("--second", is_flag=True, help="Answer what others answered, to see who agrees.")
@_SOURCE
def next_(by: str | None, second: bool, source: str | None) -> None:
    """Answer pair after pair, each with one key; stop and go on at any time.

    Keys: a accept, r reject, u unsure, s skip, b back, q stop. The picture is opened by the
    program that KG_ENRICH_VIEWER names. The score is shown after the answer. What was answered is
    kept at once, and somebody else may go on.

    \b
    Example:
      kg-enrich audit next --by lin
    """
    from kg_enrich import api
    from kg_enrich.cli.asking import ask
    from kg_enrich.cli.output import say
    from kg_enrich.settings import load_settings

    settings = load_settings(source=source)
    with api.open(settings, say=say) as kg:
        ask(kg, by, second, settings.viewer)


def _print_drawn(drawn: "Drawn", as_json: bool) -> None:
    from kg_enrich.answers import auditing as answers
    from kg_enrich.cli.output import print_json, print_table
    from kg_enrich.evidence.policy import calibrated

    if as_json:
        print_json(answers.drawn(drawn))
        return
    if not drawn.drawn:
        click.echo(f"Nothing lies outside audit {drawn.audit}.")
        return
    title = f"Audit {drawn.audit} of {drawn.source}: {drawn.drawn} of {drawn.pairs} pairs drawn"
    rows = [
        (f"{calibrated(one.log_odds, 1, 0):.1f}", one.pairs, one.drawn, f"{one.chance:.2%}")
        for one in reversed(drawn.strata)
    ]
    print_table(title, ("scores from", "pairs", "drawn", "chance"), rows)


def _print_status(found: "AuditStatus") -> None:
    from kg_enrich.cli.output import print_table

    title = f"Audit {found.audit} of {found.source}: {found.answered} of {found.drawn} answered"
    rows = [_row(one) for one in found.thresholds]
    columns = (
        "scores from", "pairs", "of today's", "right, about", "at least", "answers", "right",
        "references",
    )  # fmt: skip
    if found.answered:
        print_table(title, columns, rows)
    else:
        click.echo(f"{title}: `kg-enrich audit next` asks about one pair after the other.")
    covered = found.coverage
    click.echo(
        f"It covers {_share(covered.covered_published, covered.published)} of the "
        f"{covered.published} pairs that reach the minimum score today, and "
        f"{_share(covered.covered, covered.judged)} of the {covered.judged} judged; "
        f"{found.open} pairs are open"
        + (f", {found.changed} changed since and count no longer." if found.changed else ".")
    )
    for one in found.statements:
        missing = f" ({one.missing} more answers, at least)" if one.missing else ""
        click.echo(f"- {one.text}{missing}")
    # Of two people the statement above says it.
    for both in found.agreement if len(found.agreement) > 1 else ():
        kappa = "undefined" if isnan(both.kappa) else f"{both.kappa:.2f}"
        who = " and ".join(person or "somebody" for person in both.people)
        click.echo(f"- {who}: {both.pairs} pairs, {both.agreed} alike, kappa {kappa}")


def _row(one: "Threshold") -> tuple[object, ...]:
    return (
        f"{one.min_score:.2f}",
        one.pairs,
        "-" if isnan(one.kept) else f"{one.kept:.0%}",
        "-" if isnan(one.precision) else f"{one.precision:.0%}",
        f"{one.bound:.0%}",
        one.answers,
        one.right,
        "-" if isnan(one.reference_recall) else f"{one.reference_recall:.0%}",
    )


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.0%}" if whole else "none"

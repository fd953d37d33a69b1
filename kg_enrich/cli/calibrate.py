"""kg-enrich calibrate: scores that are chances, fitted to the answers of an audit."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.measure.calibration import Measured


@click.command()
@click.option("--source", help="The evidence source; without it the one of the settings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def calibrate(source: str | None, as_json: bool) -> None:
    """Fit a source's scores to what people answered in its audit.

    Two numbers turn the scorer's log-odds into chances, so that 5.0 is even odds. Nothing is
    changed before `publish --calibration` applies it, and no pair is scored again. It needs 50
    answers at least, and `pip install 'kg-enrich[measure]'`.

    \b
    Example:
      kg-enrich calibrate
    """
    from kg_enrich import api
    from kg_enrich.answers import auditing as answers
    from kg_enrich.cli.output import print_json, print_table, say
    from kg_enrich.settings import load_settings

    with api.open(load_settings(source=source), say=say) as kg:
        found = kg.calibrate()
    if as_json:
        print_json(answers.calibration(found))
        return
    fit = found.fit
    rows = [
        ("Brier score", _said(fit.brier_before), _said(fit.brier_after)),
        ("log-loss", _said(fit.log_loss_before), _said(fit.log_loss_after)),
        ("ECE", f"{fit.ece_before:.3f}", f"{fit.ece_after:.3f}"),
    ]
    title = f"{fit.answers} answers, weighted: slope {fit.slope:.3f}, intercept {fit.intercept:.3f}"
    print_table(title, ("lower is better", "before", "after"), rows)
    click.echo(f"Scores that are exactly right would show an ECE of {fit.ece_perfect:.3f} here.")
    click.echo(f"`kg-enrich publish --calibration {found.version}` applies it, after a plan.")


def _said(loss: "Measured") -> str:
    return f"{loss.value:.3f} [{loss.low:.3f}, {loss.high:.3f}]"

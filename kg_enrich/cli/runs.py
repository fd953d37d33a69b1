"""kg-enrich runs: past runs, and how far running ones are."""

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from kg_enrich.jobs.history import PastRun
    from kg_enrich.settings import Settings


@click.command()
@click.argument("identifier", metavar="[ID]", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Runs, or with ID things that the run met, at most.",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def runs(identifier: str | None, limit: int, as_json: bool) -> None:
    """Show the runs there have been, the newest first.

    With ID, the beginning of a run's id: show that run whole, and name what it could not read or
    do. A running run shows its counters so far, and whether it is still alive.

    \b
    Example:
      kg-enrich runs
      kg-enrich runs 20261123T0825 --limit 100
    """
    from kg_enrich.settings import load_settings

    if identifier is None:
        _history(load_settings(), limit, as_json)
    else:
        _detail(load_settings(), identifier, limit, as_json)


def _history(settings: "Settings", limit: int, as_json: bool) -> None:
    from kg_enrich import api
    from kg_enrich.answers import plain
    from kg_enrich.answers import runs as answers
    from kg_enrich.cli.output import print_json, print_table, say

    history = api.runs(settings, limit=limit, say=say)
    if as_json:
        print_json(answers.runs(history))
        return
    hidden = {"job", "scorer", "finished", "error", "lease", "settings", "notices"}
    rows = [
        {name: value for name, value in plain(answers.past_run(run)).items() if name not in hidden}
        | {"status": _status(run), "started": run.started[:19]}
        for run in history.runs
    ]
    columns = list(rows[0]) if rows else ["run"]
    print_table(f"{history.total} runs", columns, [list(row.values()) for row in rows])
    if len(rows) < history.total:
        say(f"The newest {len(rows)} are shown; --limit shows more.")


def _detail(settings: "Settings", identifier: str, limit: int, as_json: bool) -> None:
    from kg_enrich import api
    from kg_enrich.answers import plain
    from kg_enrich.answers import runs as answers
    from kg_enrich.cli.output import print_json, print_table, say

    detail = api.run_detail(identifier, settings, limit=limit, say=say)
    if as_json:
        print_json(answers.run_detail(detail))
        return
    met = sum(detail.run.record.notices.values())
    shown = {**plain(answers.past_run(detail.run)), "status": _status(detail.run)}
    for name in ("run", "lease", "notices"):
        del shown[name]
    print_table(f"Run {detail.run.record.id}", ("", ""), list(shown.items()))
    if detail.notices:
        rows = [(notice.kind, notice.subject, notice.detail) for notice in detail.notices]
        print_table(f"{met} things that it met", ("kind", "subject", "detail"), rows)
    named = sum(notice.many for notice in detail.notices)
    if named < met:
        say(f"The first {named} of {met} are shown; --limit shows more.")


def _status(run: "PastRun") -> str:
    """The run's status; for a running run, also whether it is alive."""
    status = run.record.status.value
    if run.lease is None:
        return status
    if run.lease.alive:
        return f"{status}, alive"
    if run.lease.seconds is None:
        return f"{status}, taken over"
    return f"{status}, silent: its lease ended {run.lease.seconds:.0f} s ago"

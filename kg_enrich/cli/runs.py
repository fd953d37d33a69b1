"""kg-enrich runs: the runs there have been, and how far the running ones are."""

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

    With ID, a run's id or its beginning: that run whole, with what it could not read or do by
    name. A running one shows its counters so far, and whether it is still alive.

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
    from kg_enrich.cli.output import print_json, print_table, say

    history = api.runs(settings, limit=limit, say=say)
    if as_json:
        print_json({"total": history.total, "runs": [_report(run) for run in history.runs]})
        return
    hidden = {"job", "scorer", "finished", "error", "lease", "settings", "notices"}
    rows = [
        {name: value for name, value in _report(run).items() if name not in hidden}
        | {"status": _status(run), "started": run.started[:19]}
        for run in history.runs
    ]
    columns = list(rows[0]) if rows else ["run"]
    print_table(f"{history.total} runs", columns, [list(row.values()) for row in rows])
    if len(rows) < history.total:
        say(f"The newest {len(rows)} are shown; --limit shows more.")


def _detail(settings: "Settings", identifier: str, limit: int, as_json: bool) -> None:
    from dataclasses import asdict

    from kg_enrich import api
    from kg_enrich.cli.output import print_json, print_table, say

    detail = api.run_detail(identifier, settings, limit=limit, say=say)
    met = sum(detail.run.record.notices.values())
    if as_json:
        named = [asdict(notice) for notice in detail.notices]
        print_json({**_report(detail.run), "met": met, "named": named})
        return
    shown = {**_report(detail.run), "status": _status(detail.run)}
    for name in ("run", "lease", "notices"):
        del shown[name]
    print_table(f"Run {detail.run.record.id}", ("", ""), list(shown.items()))
    if detail.notices:
        rows = [(notice.kind, notice.subject, notice.detail) for notice in detail.notices]
        print_table(f"{met} things that it met", ("kind", "subject", "detail"), rows)
    if len(detail.notices) < met:
        say(f"The first {len(detail.notices)} of {met} are shown; --limit shows more.")


def _report(run: "PastRun") -> dict[str, object]:
    """A run as --json prints it."""
    from dataclasses import asdict

    from kg_enrich.cli.run import summary

    told = summary(run.record)
    first = {name: told.pop(name) for name in ("run", "job")}
    return {
        **first,
        "kind": run.kind,
        "source": run.source,
        "started": run.started,
        "finished": run.finished,
        **told,
        "error": run.record.error,
        "notices": dict(run.record.notices),
        "lease": asdict(run.lease) if run.lease else None,
        "settings": run.settings,
    }


def _status(run: "PastRun") -> str:
    """The status, and of a running run whether it is."""
    status = run.record.status.value
    if run.lease is None:
        return status
    if run.lease.alive:
        return f"{status}, alive"
    if run.lease.seconds is None:
        return f"{status}, taken over"
    return f"{status}, silent: its lease ended {run.lease.seconds:.0f} s ago"

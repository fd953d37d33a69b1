"""kg-enrich runs: past runs, and how far running ones are."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from kg_enrich.jobs.history import PastRun
    from kg_enrich.settings import Settings

# Columns that the whole table needs.
_WIDE = 130


@click.command()
@click.argument("identifier", metavar="[ID]", required=False)
@click.option(
    "--limit",
    type=click.IntRange(1),
    default=20,
    show_default=True,
    help="Runs, or with ID things that the run met, at most.",
)
@click.option("--group", metavar="NAME", help="Only the runs of this group of shards.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def runs(identifier: str | None, limit: int, group: str | None, as_json: bool) -> None:
    """Show the runs there have been, the newest first.

    With ID, the beginning of a run's id: show that run whole, and name what it could not read or
    do. A running run shows its counters so far, and whether it is still alive.

    \b
    Example:
      kg-enrich runs
      kg-enrich runs 20261123T0825 --limit 100
    """
    from kg_enrich.settings import load_settings

    if identifier is not None and group is not None:
        raise click.UsageError("--group lists runs: leave the ID out.")
    if identifier is None:
        _history(load_settings(), limit, group, as_json)
    else:
        _detail(load_settings(), identifier, limit, as_json)


def _history(settings: "Settings", limit: int, group: str | None, as_json: bool) -> None:
    from kg_enrich import api
    from kg_enrich.answers import runs as answers
    from kg_enrich.cli.output import print_json, print_table, say, table_width

    history = api.runs(settings, limit=limit, group=group, say=say)
    if as_json:
        print_json(answers.runs(history))
        return
    wide = table_width() >= _WIDE
    rows = [_row(run, wide) for run in history.runs]
    if any(run.shard for run in history.runs):
        rows = [
            {"run": row.pop("run"), "shard": run.shard or "", **row}
            for run, row in zip(history.runs, rows, strict=True)
        ]
    columns = list(rows[0]) if rows else ["run"]
    title = "1 run" if history.total == 1 else f"{history.total} runs"
    title += "" if group is None else f" of {group}"
    print_table(title, columns, [list(row.values()) for row in rows])
    if len(rows) < history.total:
        say(f"The newest {len(rows)} are shown; --limit shows more.")


def _row(run: "PastRun", wide: bool) -> dict[str, object]:
    """A run in a line; what a narrow terminal has no room for, `runs ID` tells."""
    counters = run.record.counters
    edges = f"+{counters.published} -{counters.withdrawn}"
    first = {"run": run.record.id, "kind": run.kind, "status": _status(run)}
    last = {"scored": counters.scored, "edges": edges, "failed": counters.failed}
    if not wide:
        return first | last
    times = {"started": _moment(run.started), "took": _duration(run.record.seconds)}
    pairs = {"pairs": counters.pairs, "skipped": counters.skipped}
    return first | {"source": run.source} | times | pairs | last


def _moment(time: str | None) -> str:
    """A time for a person, with its zone."""
    from kg_enrich.answers.shape import utc

    return "" if time is None else utc(time)[:19].replace("T", " ").rstrip("Z") + " UTC"


def _duration(seconds: float) -> str:
    return str(timedelta(seconds=round(seconds))) if seconds >= 60 else f"{seconds:.1f} s"


def _detail(settings: "Settings", identifier: str, limit: int, as_json: bool) -> None:
    from kg_enrich import api
    from kg_enrich.answers import plain
    from kg_enrich.answers import runs as answers
    from kg_enrich.cli.output import print_json, print_table, say, stages_line

    detail = api.run_detail(identifier, settings, limit=limit, say=say)
    if as_json:
        print_json(answers.run_detail(detail))
        return
    met = sum(detail.run.record.notices.values())
    run = detail.run
    shown = {**plain(answers.past_run(run)), "status": _status(run), "seconds": None}
    shown |= {"started": _moment(run.started), "finished": _moment(run.finished)}
    shown |= {"took": _duration(run.record.seconds), "stages": stages_line(run.record.stages)}
    hidden = ("run", "lease", "notices", "settings", "seconds", "scores")
    rows = [(name, "" if value is None else value) for name, value in shown.items()]
    rows = [(name, value) for name, value in rows if name not in hidden]
    print_table(f"Run {run.record.id}", ("what", "value"), rows)
    print_table("What it was asked", ("setting", "value"), list(_asked(run.settings)))
    if detail.notices:
        named = [(notice.kind, notice.subject, notice.detail) for notice in detail.notices]
        print_table(f"{met} things that it met", ("kind", "subject", "detail"), named)
    told = sum(notice.many for notice in detail.notices)
    if told < met:
        say(f"The first {told} of {met} are shown; --limit shows more.")


def _asked(settings: "Mapping[str, Any]", above: str = "") -> "Iterator[tuple[str, str]]":
    """A run's settings, a line each; what nobody set is left out."""
    for name, value in settings.items():
        if isinstance(value, dict):
            yield from _asked(value, f"{above}{name}.")
        elif value not in (None, [], "", False):
            several = value if isinstance(value, list) else [value]
            yield f"{above}{name}", ", ".join(_condition(one) for one in several)


def _condition(value: object) -> str:
    if isinstance(value, dict) and "operator" in value:
        return f"{value['property']} {value['operator']} {value['values'][0]}"
    return str(value)


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

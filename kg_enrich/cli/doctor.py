"""kg-enrich doctor: check what a run needs."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> int:
    """Check settings, Neo4j, images, scorer and this machine, and say what to do.

    The exit code is 1 when a check failed; a warning is not a failure. The graph is not changed.

    \b
    Example:
      kg-enrich doctor
    """
    from kg_enrich import api
    from kg_enrich.answers import machine as answers
    from kg_enrich.cli.output import print_json, print_table, say

    checks = api.doctor(say=say)
    report = answers.checks(checks)
    if as_json:
        print_json(report)
    else:
        rows = [(check.name, check.status, check.seen, check.advice) for check in checks]
        print_table("", ("check", "status", "seen", "what to do"), rows)
    return 0 if report.ok else 1

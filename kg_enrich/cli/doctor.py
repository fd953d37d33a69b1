"""kg-enrich doctor: is everything as it must be?"""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def doctor(as_json: bool) -> int:
    """Check settings, Neo4j, images, scorer and this machine, and say what to do.

    Exit code 1 when anything failed; warnings are no failure. Nothing in the graph is changed.

    \b
    Example:
      kg-enrich doctor
    """
    from dataclasses import asdict

    from kg_enrich import api
    from kg_enrich.cli.output import print_json, print_table, say
    from kg_enrich.doctor.checks import Health

    checks = api.doctor(say=say)
    failed = any(check.status is Health.FAILED for check in checks)
    if as_json:
        print_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        rows = [(check.name, check.status, check.seen, check.advice) for check in checks]
        print_table("", ("check", "status", "seen", "what to do"), rows)
    return 1 if failed else 0

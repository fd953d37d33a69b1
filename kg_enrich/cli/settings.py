"""kg-enrich settings: what is in force, and where it comes from."""

import click


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def settings(as_json: bool) -> None:
    """Show every setting, its value, and where the value comes from. Secrets are hidden.

    A command's options come before the environment, then the file (.env in the current folder,
    or the one of --env-file), then the default. A value that is empty
    is none. docs/settings.md says what each setting means.

    \b
    Example: is that variable seen at all?
      kg-enrich settings | grep IMAGE_ROOTS
    """
    from kg_enrich.answers import machine as answers
    from kg_enrich.cli.output import print_json, print_table, say
    from kg_enrich.doctor.settings_in_force import effective, whence
    from kg_enrich.settings import load_settings

    found = load_settings()
    shown = effective(found)
    if as_json:
        print_json(answers.settings(found.file, shown))
        return
    say(f"Settings: {whence(found)}.")
    rows = [(one.name, "" if one.value is None else one.value, one.origin) for one in shown]
    print_table("", ("setting", "value", "from"), rows)

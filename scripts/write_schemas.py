"""Writes schemas/ from the shapes of the answers; --check only compares.

python scripts/write_schemas.py
"""

import argparse
import json
import sys
from pathlib import Path

from kg_enrich.answers.schemas import ANSWERS, file_name, schema

FOLDER = Path(__file__).parents[1] / "schemas"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true")
    check = parser.parse_args().check
    texts = {
        file_name(command): json.dumps(schema(command), indent=2, ensure_ascii=False) + "\n"
        for command in ANSWERS
    }
    there = {file.name: file.read_text(encoding="utf-8") for file in FOLDER.glob("*.json")}
    if check and there != texts:
        stale = sorted(name for name in there | texts if there.get(name) != texts.get(name))
        sys.exit(f"Out of date in {FOLDER}: {', '.join(stale)}. Run python {Path(__file__).name}")
    if not check:
        FOLDER.mkdir(exist_ok=True)
        for name in there.keys() - texts.keys():
            (FOLDER / name).unlink()
        for name, text in texts.items():
            (FOLDER / name).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()

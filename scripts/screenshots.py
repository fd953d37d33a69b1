"""Takes the pictures of the pages that README and docs show, of the demo's graph.

make demo && .venv/bin/python -m scripts.screenshots

It needs a Chromium (`apt-get install chromium`) and `pip install -e '.[service,dev]'`. Where
NEO4J_URI or KG_ENRICH_NEO4J_HOME is set, that graph is shown. --all also takes every page in light,
dark and phone width into a folder of its own, to be looked at.
"""

import argparse
import os
from io import BytesIO
from pathlib import Path
from typing import Any

import platformdirs
from PIL import Image

import kg_enrich
from kg_enrich.service.options import ServiceOptions
from tests.support.browsing import browser, serving

ROOT = Path(__file__).parents[1]
PICTURES = ROOT / "docs" / "pictures"
DOCUMENT = "fault-2031"
PAGES = {
    "review": f"/review/item?document={DOCUMENT}&mode=all",
    "unreferenced": "/unreferenced",
    "documents": "/documents",
    "document": f"/document?id={DOCUMENT}",
    "runs": "/runs",
    "quality": "/quality",
    "audit": "/audit",
    "try": "/try",
}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "light"},
    "dark": {"viewport": {"width": 1280, "height": 800}, "color_scheme": "dark"},
    "phone": {"viewport": {"width": 390, "height": 844}, "locale": "zh-CN"},
}
SHOWN = {"review": ("review", "light"), "review-dark": ("review", "dark"),
         "review-phone": ("review", "phone"), "document": ("document", "light")}  # fmt: skip


def take(opened: Any, address: str, path: str, look: str) -> Image.Image:
    """A page as a person sees it, once its pictures are there."""
    context = opened.new_context(base_url=address, **{"locale": "en-GB", **LOOKS[look]})
    page = context.new_page()
    page.goto(path)
    page.wait_for_load_state("networkidle")
    image = Image.open(BytesIO(page.screenshot()))
    context.close()
    return image


def of_runs(kg: kg_enrich.KnowledgeGraph) -> dict[str, str]:
    """The pages of the newest run that changed something."""
    for run in kg.runs().runs:
        if kg.run_changes(run.record.id, limit=1)[0]:
            name = run.record.id
            return {"run": f"/run?id={name}", "rollback": f"/run/rollback?id={name}"}
    return {}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--all", type=Path, metavar="FOLDER", help="every page in every look")
    given = parser.parse_args()
    if not os.environ.keys() & {"NEO4J_URI", "KG_ENRICH_NEO4J_HOME"}:
        home = platformdirs.user_data_path("kg-enrich") / "demo" / "neo4j"
        os.environ["KG_ENRICH_NEO4J_HOME"] = str(home)
        os.environ["KG_ENRICH_IMAGE_ROOTS"] = str(ROOT / "demo")
    options = ServiceOptions(user="lin")
    with kg_enrich.open() as kg, browser() as opened, serving(kg, options) as address:
        PICTURES.mkdir(parents=True, exist_ok=True)
        for name, (page, look) in SHOWN.items():
            picture = take(opened, address, PAGES[page], look)
            picture.convert("RGB").save(PICTURES / f"{name}.webp", quality=72, method=6)
        if given.all is not None:
            given.all.mkdir(parents=True, exist_ok=True)
            for name, path in (PAGES | of_runs(kg)).items():
                for look in LOOKS:
                    take(opened, address, path, look).save(given.all / f"{name}-{look}.png")


if __name__ == "__main__":
    main()

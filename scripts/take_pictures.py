"""Takes a picture of a page for the README: a file or an address, as a browser shows its top.

    python scripts/take_pictures.py PAGE docs/pictures/NAME.png

After `make demo` the page is the report.html that it names. It needs Chromium, as the browser's
tests do.
"""

import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1200, 1500


def take(page: str, picture: Path) -> None:
    """page: a file's path, or an address on this machine."""
    address = page if "://" in page else Path(page).resolve().as_uri()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        shown = browser.new_page(viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light")
        shown.goto(address)
        shown.screenshot(path=picture)
        browser.close()


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    take(sys.argv[1], Path(sys.argv[2]))

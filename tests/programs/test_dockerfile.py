"""The commands of the Dockerfile that make no system: carried out in a clean folder."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.dockerfile import ROOT, stages


def test_the_wheel_is_built_of_what_is_copied_and_installs(tmp_path: Path) -> None:
    """Without a network: what is built and installed with is here, dependencies are left out."""
    source = tmp_path / "src"
    source.mkdir()
    for one in stages()["wheel"].all("COPY"):
        *names, place = one.split(" ")
        for name in names:
            if (ROOT / name).is_dir():
                unwanted = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, source / place, ignore=unwanted)
            else:
                shutil.copy(ROOT / name, source / place)
    (build,) = stages()["wheel"].all("RUN")
    shell(build, source, tmp_path, PIP_NO_BUILD_ISOLATION="false")
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    assert wheel.name.startswith("kg_enrich-")

    (tmp_path / "wheels" / "constraints.txt").write_bytes((ROOT / "constraints.txt").read_bytes())
    for target in ("cpu", "cuda"):
        (install,) = (one for one in stages()[target].all("RUN") if "pip install" in one)
        site = tmp_path / target
        shell(install, tmp_path, tmp_path, PIP_NO_DEPS="1", PIP_TARGET=str(site))
        found = subprocess.run(
            [sys.executable, "-c", "from kg_enrich.cli import main; main()", "--version"],
            env=os.environ | {"PYTHONPATH": str(site)},
            cwd=tmp_path,
            capture_output=True,
        )
        assert found.stdout.startswith(b"kg-enrich, version")
        for folder in ("cypher", "migrations_cypher", "schemas"):
            assert any((site / "kg_enrich" / folder).iterdir())


def shell(command: str, folder: Path, root: Path, **more: str) -> None:
    """Carries a RUN line out as the build would, with the folders of the image below `root`."""
    command = command.replace("/wheels", f"{root}/wheels")
    command = command.replace("pip ", f"{sys.executable} -m pip ", 1)
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=folder,
        env=os.environ | {"PIP_NO_INDEX": "1", "PIP_DISABLE_PIP_VERSION_CHECK": "1"} | more,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr

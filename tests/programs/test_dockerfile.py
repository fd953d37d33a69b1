"""The commands of the Dockerfile that make no system: carried out in a clean folder."""

import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tests.support.dockerfile import ROOT, stages

# For which machines hashes are known.
HASHED = ("Linux", "x86_64")


def test_the_wheel_is_built_of_what_is_copied_and_installs(tmp_path: Path) -> None:
    """Without a network: dependencies are here already, in the very versions that are asked for."""
    source = tmp_path / "src"
    source.mkdir()
    for one in stages()["wheel"].all("COPY"):
        *names, place = one.split(" ")
        for name in names:
            if (ROOT / name).is_dir():
                unwanted = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / name, source / place, ignore=unwanted)
            else:
                (source / place).parent.mkdir(exist_ok=True)
                shutil.copy(ROOT / name, source / place)
    for line in stages()["wheel"].all("RUN"):
        shell(line, source, tmp_path)
    (wheel,) = (tmp_path / "wheels").glob("*.whl")
    assert wheel.name.startswith("kg_enrich-")

    shutil.copytree(ROOT / "requirements", tmp_path / "wheels" / "requirements")
    for target in ("cpu", "cuda"):
        (both,) = (one for one in stages()[target].all("RUN") if "pip " in one)
        dependencies, install = both.split(" && ")
        shell(dependencies, tmp_path, tmp_path)
        site = tmp_path / target
        shell(install, tmp_path, tmp_path, PIP_TARGET=str(site))
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
    if "--require-hashes" in command and (platform.system(), platform.machine()) != HASHED:
        return
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

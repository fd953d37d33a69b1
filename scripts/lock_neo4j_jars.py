"""Writes the lock of one Neo4j version: every jar that its Community server needs.

For maintainers, when a version is added: `python scripts/lock_neo4j_jars.py 2026.08.1` with Maven
on the PATH. One line a jar: coordinate, SHA-256, size in bytes.
"""

import argparse
import hashlib
import subprocess
import tempfile
from pathlib import Path

LOCKS = Path(__file__).parents[1] / "kg_enrich" / "embedded" / "locks"

# The first holds the server, the second its entry points.
COORDINATES = ("org.neo4j.app:neo4j-server", "org.neo4j:neo4j")
LIST_GOAL = "org.apache.maven.plugins:maven-dependency-plugin:3.6.1:list"


def project(version: str) -> str:
    """A Maven project that depends on the server and nothing else."""
    dependencies = "".join(
        f"<dependency><groupId>{group}</groupId><artifactId>{artifact}</artifactId>"
        f"<version>{version}</version></dependency>"
        for group, artifact in (coordinate.split(":") for coordinate in COORDINATES)
    )
    return (
        "<project><modelVersion>4.0.0</modelVersion>"
        "<groupId>lock</groupId><artifactId>lock</artifactId><version>1</version>"
        f"<dependencies>{dependencies}</dependencies></project>"
    )


def resolve(version: str, folder: Path) -> list[str]:
    """Maven's own resolution, as lines of the lock."""
    pom, listing = folder / "pom.xml", folder / "list.txt"
    pom.write_text(project(version), encoding="utf-8")
    options = [
        "-DincludeScope=runtime",
        "-DoutputAbsoluteArtifactFilename=true",
        f"-DoutputFile={listing}",
    ]
    subprocess.run(["mvn", "-B", "-q", f"-f{pom}", LIST_GOAL, *options], check=True)
    lines = (line.split(" -- ")[0].strip() for line in listing.read_text("utf-8").splitlines())
    return sorted(lock_line(line) for line in lines if ":jar:" in line)


def lock_line(resolved: str) -> str:
    """One line of Maven's list, group:artifact:jar[:classifier]:version:scope:file, as ours."""
    group, artifact, _, *classifier, version, _, file = resolved.split(":")
    jar = Path(file).read_bytes()
    coordinate = ":".join([group, artifact, version, *classifier])
    return f"{coordinate} {hashlib.sha256(jar).hexdigest()} {len(jar)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("version")
    version = parser.parse_args().version
    with tempfile.TemporaryDirectory() as folder:
        lines = resolve(version, Path(folder))
    lock = LOCKS / f"neo4j-{version}.lock"
    lock.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{lock.name}: {len(lines)} jars")


if __name__ == "__main__":
    main()

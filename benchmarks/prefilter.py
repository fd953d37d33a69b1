"""What the OCR scorer as a prefilter would hide of the authors' own references.

    python -m benchmarks.prefilter CACHE_FOLDER FOLDER...

Loads each folder (as `kg-enrich load` takes it) into a Neo4j of its own and measures as
`kg-enrich evaluate --prefilter` does, among the candidates that the GPU scorer has (20 of the
full-text index) and those that the OCR scorer has (50). Texts read before are taken from the cache
folder. The constants that are shipped score; `benchmarks.ocr_ranking` says the same of constants
that were fitted on other repositories.
"""

import argparse
from pathlib import Path

from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.api.handle import open as open_graph
from kg_enrich.measure.cutting import PrefilterLoss
from kg_enrich.measure.intervals import Mean
from kg_enrich.settings import load_settings


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("cache", type=Path)
    parser.add_argument("folders", type=Path, nargs="+", metavar="FOLDER")
    given = parser.parse_args()
    for folder in given.folders:
        with temporary_server() as (login, _, _):
            for limit in (20, 50):
                settings = load_settings(
                    neo4j_uri=login.uri,
                    neo4j_username=login.username,
                    neo4j_password=login.password,
                    image_roots=[folder],
                    cache_dir=given.cache,
                    fulltext_limit=limit,
                )
                with open_graph(settings, say=print) as kg:
                    if limit == 20:
                        kg.load(folder)
                        kg.read_images()
                    print(f"\n{folder.name}, {limit} candidates of the full-text index:")
                    _print(kg.measure_prefilter())


def _print(found: PrefilterLoss) -> None:
    print(
        f"{found.pairs} references among {found.candidates} candidates of {found.documents} "
        f"documents, {found.counting} with one; {found.shown} without a score are shown\n"
    )
    print_markdown(
        ["cut", "candidates hidden", "references lost", "documents that lose one", "at most"],
        [
            [
                f"{one.score:g}",
                _share(one.hidden),
                f"{_share(one.lost)} ({one.lost_pairs})",
                f"{one.losing} of {found.counting}",
                f"{one.at_most:.1%}",
            ]
            for one in found.cuts
        ],
    )
    print(f"\nlost at {found.score:g}:\n")
    print_markdown(
        ["", "documents", "references lost"],
        [[f"{g.by}: {g.value}", str(g.documents), _share(g.lost)] for g in found.groups],
    )


def _share(mean: Mean) -> str:
    return f"{mean.value:.1%} [{mean.low:.1%}, {mean.high:.1%}]"


if __name__ == "__main__":
    main()

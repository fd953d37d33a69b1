"""How well a source finds the authors' own references, by `kg-enrich evaluate`'s own way.

    python -m benchmarks.evaluate DATA_FOLDER CACHE_FOLDER

Loads the folder into a Neo4j of its own, reads the images, runs, and evaluates: among the
candidates of a run, and each referenced image among 19 random ones. Texts read before are taken
from the cache folder.
"""

import argparse
from pathlib import Path

from benchmarks import docs_data
from benchmarks.output import print_markdown
from benchmarks.servers import temporary_server
from kg_enrich.api.handle import open as open_graph
from kg_enrich.measure.evaluate import Asked
from kg_enrich.measure.intervals import Mean
from kg_enrich.measure.results import Measured, SourceEvaluation
from kg_enrich.settings import load_settings
from tests.support.graphs import ask

_RANDOM = 19


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("cache", type=Path)
    given = parser.parse_args()
    data = docs_data.load(given.data)
    with temporary_server() as (login, graph, _):
        settings = load_settings(
            neo4j_uri=login.uri,
            neo4j_username=login.username,
            neo4j_password=login.password,
            image_roots=[given.data],
            cache_dir=given.cache,
        )
        with open_graph(settings, say=print) as kg:
            kg.load(given.data)
            names = zip(data.documents, data.repositories, strict=True)
            ask(
                graph,
                "UNWIND $rows AS row MATCH (d:Document {id: row.id}) "
                "SET d.repository = row.repository",
                rows=[{"id": str(one.id), "repository": name} for one, name in names],
            )
            kg.read_images()
            kg.run()
            found = kg.evaluate(asked=Asked(by=("repository",)))
            print(f"\n{found.pairs} references of {found.documents} documents, among candidates:")
            _print(found.sources[0])
            found = kg.evaluate(asked=Asked(by=("repository",), random=_RANDOM), judge=True)
            print(f"\nEach referenced image among itself and {_RANDOM} random ones:")
            _print(found.sources[0])


def _print(source: SourceEvaluation) -> None:
    rows = [_row("all", source.measured), _row("near-duplicates count", source.near_duplicates)]
    rows += [_row(f"{one.by}: {one.value}", one.measured) for one in source.groups]
    print_markdown(
        ["", "documents", "candidate recall at 20", "at 50", "Top-1", "Recall@5", "Recall@20",
         "MRR", "nDCG@10", "lead"],
        rows,
    )  # fmt: skip
    print(
        f"{source.unjudged} candidates without a judgement, {source.not_judged} documents never "
        f"judged, {source.judged} pairs judged now, {source.without_look} right images without look"
    )


def _row(name: str, measured: Measured) -> list[str]:
    means = measured.means
    return [
        name,
        str(measured.documents),
        _cell(means["candidate_recall@20"]),
        _cell(means["candidate_recall@50"]),
        _cell(means["top1"], interval=True),
        _cell(means["recall@5"]),
        _cell(means["recall@20"], interval=True),
        _cell(means["mrr"], interval=True),
        _cell(means["ndcg10"]),
        _cell(means["lead"]),
    ]


def _cell(mean: Mean, interval: bool = False) -> str:
    if mean.value != mean.value:
        return ""
    return f"{mean.value:.3f}" + (f" [{mean.low:.3f}, {mean.high:.3f}]" if interval else "")


if __name__ == "__main__":
    main()

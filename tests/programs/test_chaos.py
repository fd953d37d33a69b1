"""Commands that are killed at random moments, and Neo4j under them: the next try makes it good.

`benchmarks/chaos.py` does the same for as long as one likes.
"""

import random
from collections.abc import Iterator

import pytest

from benchmarks.chaos import Scenario, Size, World, disturb, scenarios, world
from tests.support.graphs import empty

KILLS = 5
SMALL = Size(documents=80, pictures=4, loaded=2)


@pytest.fixture(scope="module")
def here() -> Iterator[World]:
    with world(SMALL) as here:
        yield here


@pytest.fixture(scope="module")
def all_of_them(here: World) -> dict[str, Scenario]:
    empty(here.graph)
    return {one.name: one for one in scenarios(here, ("run", "publish", "prune"))}


def test_five_kills_are_made_good(
    here: World, all_of_them: dict[str, Scenario], capsys: pytest.CaptureFixture[str]
) -> None:
    seed = random.randrange(10**6)
    with capsys.disabled():
        print(f"\nfive kills with the seed {seed}")
    draw = random.Random(seed)
    done = list(all_of_them.values())
    for turn in range(6 * KILLS):
        if sum(one.kills for one in done) >= KILLS:
            break
        disturb(here, done[turn % len(done)], draw, server=False)
    disturb(here, all_of_them["run"], draw, server=True)
    assert [line for one in done for line in one.wrong] == []
    assert sum(one.kills for one in done) >= KILLS

"""Which part of the documents a process looks at."""

from collections import Counter

import pytest

from kg_enrich.errors import SettingsError
from kg_enrich.identity import shard_number
from kg_enrich.jobs.runs import Job
from kg_enrich.jobs.shards import parse
from kg_enrich.models import Scope, Shard

KUBERNETES = {"JOB_COMPLETION_INDEX": "3"}
SLURM = {
    "SLURM_ARRAY_TASK_ID": "14",
    "SLURM_ARRAY_TASK_COUNT": "4",
    "SLURM_ARRAY_TASK_MIN": "10",
    "SLURM_ARRAY_TASK_STEP": "2",
}


@pytest.mark.parametrize(
    ("text", "environment", "shard"),
    [
        ("0/4", {}, Shard(0, 4)),
        (" 3/4 ", SLURM, Shard(3, 4)),
        ("auto/8", KUBERNETES, Shard(3, 8)),
        ("auto", SLURM, Shard(2, 4)),
        ("auto/4", SLURM, Shard(2, 4)),
        ("auto", {"SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "2"}, Shard(1, 2)),
    ],
)
def test_a_shard_as_people_and_schedulers_say_it(
    text: str, environment: dict[str, str], shard: Shard
) -> None:
    assert parse(text, environment) == shard


@pytest.mark.parametrize(
    ("text", "environment", "says"),
    [
        ("4/4", {}, "I from 0"),
        ("1", {}, "I/N"),
        ("-1/4", {}, "I/N"),
        ("0/0", {}, "I from 0"),
        ("auto", {}, "neither"),
        ("auto", KUBERNETES, "auto/N"),
        ("auto/4", KUBERNETES | SLURM, "both"),
        ("auto/5", SLURM, "4 tasks"),
        ("auto/2", KUBERNETES, "I from 0"),
        ("auto", SLURM | {"SLURM_ARRAY_TASK_ID": "x"}, "no sense"),
        ("auto", {"SLURM_ARRAY_TASK_ID": "1"}, "no sense"),
    ],
)
def test_what_is_no_shard_is_said(text: str, environment: dict[str, str], says: str) -> None:
    with pytest.raises(SettingsError, match=says):
        parse(text, environment)


def test_documents_are_spread_evenly_and_sections_stay_together() -> None:
    ids = [f"wiki/page-{number}.md#section-{part}" for number in range(2000) for part in range(3)]
    found = Counter(shard_number(one, 4) for one in ids)
    assert sorted(found) == [0, 1, 2, 3]
    assert max(found.values()) < 1.15 * min(found.values())
    parts = {(one.partition("#")[0], shard_number(one, 4)) for one in ids}
    assert len(parts) == 2000
    # An id that begins with '#' has nothing in common with the others that do.
    assert len({shard_number(f"#{number}", 4) for number in range(50)}) == 4


def test_the_same_shard_on_every_machine_and_in_every_release() -> None:
    ids = ("a.md#x", "a.md", "42", "概念", "")
    assert [shard_number(one, 8) for one in ids] == [3, 3, 3, 7, 0]


def test_each_shard_is_a_job_of_its_own() -> None:
    whole = Job("run", "ocr", Scope(limit=3))
    shards = [Job("run", "ocr", Scope(), Shard(number, 2), "night") for number in range(2)]
    assert len({whole.id, *(shard.id for shard in shards)}) == 3
    assert {shard.whole.id for shard in shards} == {whole.id}
    assert [shard.name for shard in shards] == ["run ocr 0/2", "run ocr 1/2"]

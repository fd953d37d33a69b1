"""Where CI is true, nothing skips unseen."""

import pytest

from tests.support.skips import ALLOWED, Allowed, is_allowed

SKIPS = """
import pytest

def test_one():
    pytest.skip("not today")

@pytest.mark.skipif(True, reason="nor this")
def test_two():
    pass

@pytest.mark.xfail(reason="known")
def test_three():
    assert False
"""
WHOLE_FILE = 'import pytest\npytest.importorskip("no_such_package")\n'


@pytest.mark.parametrize(
    ("ci", "outcomes"),
    [
        ("", {"skipped": 3, "xfailed": 1}),
        ("true", {"failed": 1, "errors": 2, "xfailed": 1}),
    ],
)
def test_a_skip_fails_in_ci(
    pytester: pytest.Pytester, monkeypatch: pytest.MonkeyPatch, ci: str, outcomes: dict[str, int]
) -> None:
    monkeypatch.setenv("CI", ci)
    pytester.makepyfile(test_skips=SKIPS, test_whole_file=WHOLE_FILE)
    options = ("-p", "tests.support.skips", "--continue-on-collection-errors", "-p", "no:randomly")
    result = pytester.runpytest_subprocess(*options)
    result.assert_outcomes(**outcomes)
    if ci:
        result.stdout.fnmatch_lines(["*test_one was skipped: not today", "*/skips.py*"])


@pytest.mark.parametrize("allowed", ALLOWED, ids=lambda one: one.file)
def test_what_is_listed_skips(allowed: Allowed, pytestconfig: pytest.Config) -> None:
    assert (pytestconfig.rootpath / "tests" / allowed.file).is_file()
    assert allowed.why
    assert is_allowed(f"tests/{allowed.file}::test_it[1]", f"{allowed.says} and so on")
    assert not is_allowed(f"tests/{allowed.file}", "another reason")
    assert not is_allowed("tests/quick/test_skips.py::test_it", allowed.says)

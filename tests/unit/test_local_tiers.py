"""`make test` in the end: what counts as failed, and what as not run."""

import importlib.util

import pytest

from deploy.local.paths import ROOT


@pytest.fixture(scope="module")
def tiers():
    """tests/run.py, which is a program, as a module."""
    spec = importlib.util.spec_from_file_location("tiers", ROOT / "tests" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def results(tmp_path):
    """pytest's JUnit file of five tests: one passes, one each fails, breaks, is skipped, fails as expected."""
    file = tmp_path / "results.xml"
    file.write_text(
        "<testsuites><testsuite>"
        '<testcase name="good"/>'
        '<testcase name="bad"><failure message="no"/></testcase>'
        '<testcase name="broken"><error message="no"/></testcase>'
        '<testcase name="absent"><skipped type="pytest.skip" message="no browser"/></testcase>'
        '<testcase name="known"><skipped type="pytest.xfail" message="known"/></testcase>'
        "</testsuite></testsuites>"
    )
    return file


def test_every_outcome_is_counted_once(tiers, results):
    """A skipped test is named with its reason; one that fails as expected is neither passed nor skipped."""
    one = tiers.outcome("unit", 1, 2.0, results)
    assert (one.passed, one.failed, one.skipped) == (1, 2, ["absent: no browser"])


def test_pytest_that_did_not_get_far_is_a_failure(tiers, tmp_path):
    """No results at all: an error while collecting, or a crash."""
    assert tiers.outcome("unit", 4, 0.1, tmp_path / "none.xml").failed == 1


@pytest.mark.parametrize(
    ("failed", "skipped", "strict", "status"),
    [(0, [], True, 0), (1, [], False, 1), (0, ["one: why"], False, 0), (0, ["one: why"], True, 1)],
)
def test_what_makes_a_run_fail(tiers, failed, skipped, strict, status):
    """A failure always; a test that could not run only where all must run."""
    one = tiers.Outcome("unit", 1 if failed else 0, 1.0, 5, failed, skipped)
    assert tiers.report([one], strict) == status


def test_nothing_run_is_a_failure(tiers):
    """No test passed: something is wrong with the run, not right with the code."""
    assert tiers.report([tiers.Outcome("unit", tiers.NO_TESTS, 0.0, 0, 0, [])], strict=False) == 1


def test_what_could_not_run_is_said(tiers, capsys):
    """The reason is the last thing a person reads before the sum."""
    tiers.report([tiers.Outcome("e2e", 0, 1.0, 1, 0, ["test_page: no browser"])], strict=False)
    said = capsys.readouterr().out.splitlines()
    assert "  test_page: no browser" in said
    assert said[-1] == "1 passed, 0 failed, 1 skipped"

"""The measure of relevance itself: a wrong measure would make every figure wrong."""

from __future__ import annotations

import math

import pytest

from loadtests.benchmarks.search.relevance import evaluate


def test_the_ideal_ranking_is_worth_one() -> None:
    """Higher gains first, and everything relevant among the first ten."""
    assert evaluate({"q": ["a", "b"]}, {"q": {"a": 2, "b": 1}}) == (1, 1, 1)


def test_gains_count_linearly_and_less_by_rank() -> None:
    """As in trec_eval's ndcg_cut: the gain over the binary logarithm of the rank plus one."""
    ndcg, _, _ = evaluate({"q": ["b", "a"]}, {"q": {"a": 2, "b": 1}})
    assert ndcg == pytest.approx((1 + 2 / math.log2(3)) / (2 + 1 / math.log2(3)))


def test_what_comes_after_ten_counts_for_recall_at_a_hundred_only() -> None:
    """Nobody reads on, but a better order could still bring it forward."""
    ranking = [f"other-{rank}" for rank in range(10)] + ["a"]
    assert evaluate({"q": ranking}, {"q": {"a": 1}}) == (0, 0, 1)


def test_a_question_without_an_answer_counts_as_nothing_found() -> None:
    """Leaving it out of the mean would flatter."""
    assert evaluate({"q": ["a"]}, {"q": {"a": 1}, "unanswered": {"b": 1}}) == (0.5, 0.5, 0.5)


def test_a_judgement_of_zero_is_not_relevant() -> None:
    """Judged and found useless is not the same as found."""
    assert evaluate({"q": ["a"]}, {"q": {"a": 1, "useless": 0}}) == (1, 1, 1)

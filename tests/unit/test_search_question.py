"""What a person typed, taken apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.analysis.question import Question, understand


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", Question()),
        (" \t\x00", Question()),
        ("deep learning", Question("deep learning")),
        ('deep "machine learning" now', Question("deep machine learning now", ("machine learning",))),
        ("“生物医药”", Question("生物医药", ("生物医药",))),
        ("「生物醫藥」", Question("生物医药", ("生物医药",))),
        ("robot -surgical", Question("robot", (), ("surgical",))),
        ('robot -"keyhole surgery"', Question("robot", (), ("keyhole surgery",))),
        ("-robot", Question("", (), ("robot",))),
        ("COVID-19", Question("COVID-19")),
        ("a - b", Question("a - b")),
        ('unbalanced "quote', Question("unbalanced quote")),
        ('""', Question()),
    ],
)
def test_parts_of_a_question(text: str, expected: Question) -> None:
    """Quotes of both languages, hyphens that begin a word, and characters that mean nothing."""
    assert understand(text) == expected


@given(st.text(alphabet=st.sampled_from('ab 中"“”「」-*?:()\x00🎉'), max_size=40))
def test_nothing_fails(text: str) -> None:
    """Whatever is typed is understood somehow."""
    understand(text)

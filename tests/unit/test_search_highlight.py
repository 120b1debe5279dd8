"""Where a question matched, shown in the original text."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.search.analysis.highlight import Highlighter
from services.search.analysis.question import understand


def highlighter(q: str) -> Highlighter:
    """For what somebody typed."""
    return Highlighter(understand(q))


@pytest.mark.parametrize(
    ("q", "title", "expected"),
    [
        ("research", "Researching batteries", "<mark>Researching</mark> batteries"),
        ("cafe", "A Café & a bar", "A <mark>Café</mark> &amp; a bar"),
        ("生物医药", "生物医药平台", "<mark>生物医药</mark>平台"),
        ("生物医药", "生物醫藥平台", "<mark>生物醫藥</mark>平台"),
        ("生物醫藥", "生物医药平台", "<mark>生物医药</mark>平台"),
        ("ai 诊断", "基于AI的智能诊断", "基于<mark>AI</mark>的智能<mark>诊断</mark>"),
        ("robot", "ｆｕｌｌ ｒｏｂｏｔｓ ﬁne", "ｆｕｌｌ <mark>ｒｏｂｏｔｓ</mark> ﬁne"),
        ("resume", "my re\u0301sume\u0301 here", "my <mark>re\u0301sume\u0301</mark> here"),
        ("xss", "<script>xss</script>", "&lt;script&gt;<mark>xss</mark>&lt;/script&gt;"),
        ("absent", "nothing here", ""),
        ("", "nothing asked", ""),
    ],
)
def test_titles_are_shown_whole(q: str, title: str, expected: str) -> None:
    """With marks around the original spelling and everything else escaped."""
    assert highlighter(q).whole(title) == expected


def test_words_unknown_to_the_dictionary_are_marked_by_their_neighbours() -> None:
    """A made-up name is no word, but its pairs are found and joined."""
    assert highlighter("钇铁镥石").whole("关于钇铁镥石的研究") == "关于<mark>钇铁镥石</mark>的研究"


def test_fragments_hold_the_matches() -> None:
    """Of a long text the two pieces with most matches, in order, cut between words."""
    text = (
        "start " + "filler " * 100 + "solar cells and solar panels " + "filler " * 100 + "one solar " + "end " * 50
    )
    first, second = highlighter("solar panels").fragments(text)
    assert "<mark>solar</mark> cells and <mark>solar</mark> <mark>panels</mark>" in first
    assert "one <mark>solar</mark>" in second
    assert first.startswith("… filler")
    assert len(re.sub("<.*?>", "", first)) < 200


def test_a_text_without_a_match_has_no_fragment() -> None:
    """Also when nothing was asked."""
    assert highlighter("absent").fragments("some text") == highlighter("").fragments("some text") == []


@given(st.text(max_size=300), st.text(max_size=20))
def test_a_highlighted_title_is_the_title(title: str, q: str) -> None:
    """Without the marks and the escapes, the text is what it was."""
    marked = highlighter(q).whole(title)
    assert marked == "" or unescape(marked.replace("<mark>", "").replace("</mark>", "")) == unescape(title)

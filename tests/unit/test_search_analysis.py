"""Text in, tokens out: what the analysis makes of both languages."""

from __future__ import annotations

import opencc
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.search.analysis.normalise import normalise, normalise_in_place
from services.search.analysis.simplify import simplify
from services.search.analysis.sort_keys import folded, title_key
from services.search.analysis.tokens import tokenise

TRADITIONAL = [
    "生物醫藥產業的人工智慧診斷",
    "這個項目尋求資金與合作夥伴，瞭解詳情請聯繫我們",
    "乾坤未定，乾燥設備與幹部",
    "鑽石項鍊與區塊鏈",
    "著名的著作與覆蓋率",
]


@pytest.mark.parametrize("text", TRADITIONAL)
def test_simplifies_as_opencc_does(text: str) -> None:
    """The quick tables give what OpenCC's own converter gives, phrases included."""
    assert simplify(text) == opencc.OpenCC("t2s").convert(text)


@pytest.mark.parametrize("text", TRADITIONAL)
def test_traditional_and_simplified_have_the_same_tokens(text: str) -> None:
    """So it does not matter in which of the two a question is asked."""
    assert tokenise(text) == tokenise(opencc.OpenCC("t2s").convert(text))


def test_chinese_becomes_words_and_bigrams() -> None:
    """Of a long word also the words in it; of neighbours every pair; stop words only among bigrams."""
    tokens = tokenise("生物医药的研发")
    assert tokens.zh == ["生物", "医药", "生物医药", "研发"]
    assert tokens.bi == ["生物", "物医", "医药", "药的", "的研", "研发"]
    assert tokens.en == []


def test_a_stop_word_that_stands_alone_is_no_token() -> None:
    """Neither as a word nor as what remains of a pair."""
    assert tokenise("AI 的 UK") == (["ai", "uk"], [], [])


def test_english_becomes_stems() -> None:
    """Lower case, without accents and stop words, one stem for the forms of a word."""
    assert tokenise("The Researchers were running in a Café").en == ["research", "were", "run", "cafe"]


def test_languages_in_one_text_are_kept_apart() -> None:
    """English inside Chinese is found as English, without spaces around it."""
    tokens = tokenise("基于AI的COVID-19诊断")
    assert tokens.en == ["ai", "covid", "19"]
    assert tokens.zh == ["基于", "诊断"]


def test_widths_and_hidden_characters_do_not_matter() -> None:
    """Full-width letters, zero-width spaces and control characters."""
    assert tokenise("Ｒｏｂｏｔ").en == tokenise("robot").en == ["robot"]
    assert tokenise("ro\x00bots\u200b!").en == ["ro", "bot"]


@given(st.text(max_size=200))
@example("\ud800 lone surrogate")
@example("ﬁne e\u0301 한국어 カﾞ 𠀀")
def test_any_text_has_tokens_and_a_way_back(text: str) -> None:
    """No text fails; normalising in place gives the same text, with offsets that rise and stay inside."""
    tokenise(text)
    plain, offsets = normalise_in_place(text)
    assert len(offsets) == len(plain) + 1
    assert list(offsets) == sorted(offsets)
    assert offsets[-1] == len(text)
    assert tokenise(plain) == tokenise(text)


@given(st.text(max_size=100))
def test_normalising_twice_changes_nothing(text: str) -> None:
    """The normal form is normal."""
    assert normalise(normalise(text)) == normalise(text)


def test_titles_sort_by_letter_and_by_pinyin() -> None:
    """Latin before Chinese, case ignored; Chinese by its sound: bei, guang, shang, tokyo's dong after bei."""
    titles = ["上海", "beta", "广州", "Alpha", "北京", "东京"]
    assert sorted(titles, key=title_key) == ["Alpha", "beta", "北京", "东京", "广州", "上海"]


def test_titles_fold_to_what_is_read() -> None:
    """Case, spaces and punctuation make no other title."""
    assert folded(" “Deep-Learning”, 101！") == folded("deep learning 101") == "deeplearning101"

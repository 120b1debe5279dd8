"""Lexicon, synonyms and spelling: pure functions of text."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from services.search.analysis import spelling, synonyms
from services.search.analysis.knowledge import Knowledge
from services.search.analysis.lexicon import cedict
from services.search.analysis.lexicon.parallel import ParallelTexts
from services.search.analysis.lexicon.translate import Frequencies
from services.search.analysis.normalise import normalise
from services.search.analysis.reading import read
from services.search.analysis.spelling import Vocabulary, distance
from services.search.analysis.synonyms import Synonyms, Term, parse

ENTRIES = """# comment
電池 电池 [dian4 chi2] /battery/CL:節|节[jie2],組|组[zu3]/
電瓶 电瓶 [dian4 ping2] /accumulator/battery (for storing electricity)/
王 王 [Wang2] /surname Wang/
"""


def count(stream: str, tokens: object) -> Frequencies:
    """Every token is in one of ten documents."""
    return Frequencies(10, dict.fromkeys(tokens, 1))  # type: ignore[call-overload]


def test_a_dictionary_is_read_in_both_directions() -> None:
    """Senses keep their order, remarks and surnames are no translations, asides are left out."""
    lexicon = cedict.parse(ENTRIES)
    assert [one.text for one in lexicon.english("电瓶")] == ["accumul", "batteri"]
    assert [one.text for one in lexicon.chinese("batteri")] == ["电池", "电瓶"]
    assert lexicon.english("王") == []


def test_without_the_dictionary_there_is_one_line_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The package is optional; the service says once that it is not there, and works."""
    monkeypatch.setattr(cedict, "PACKAGE", "not_installed_anywhere")
    cedict.cedict.cache_clear()
    try:
        assert len(cedict.cedict()) == len(cedict.cedict()) == 0
        assert [record.message for record in caplog.records].count(caplog.records[0].message) == 1
    finally:
        cedict.cedict.cache_clear()


def test_parallel_titles_teach_what_keeps_company() -> None:
    """One pair teaches nothing yet; what comes with everything translates nothing in particular."""
    texts = ParallelTexts()
    texts.learn("电池工程师", "Battery engineer")
    assert texts.english("电池") == []
    texts.learn("电池材料", "Battery materials")
    assert [one.text for one in texts.english("电池")] == ["batteri"]
    assert [one.text for one in texts.chinese("batteri")] == ["电池"]


@pytest.mark.parametrize(("typed", "meant"), [
    ("enginer", "engineer"), ("engineeer", "engineer"), ("enginere", "engineer"), ("mngineer", "engineer"),
    ("pilo", "pilot"), ("pil", None), ("xyzzyxyzzy", None),
])  # fmt: skip
def test_the_nearest_known_word_was_meant(typed: str, meant: str | None) -> None:
    """A letter too few, too many, another, two in the wrong order, also at the beginning; short words stay."""
    vocabulary = Vocabulary()
    vocabulary.learn(["engineer pilot battery"])
    assert vocabulary.nearest(typed) == meant


def test_the_more_frequent_of_equally_near_words_was_meant() -> None:
    """Documents tell how usual a word is."""
    vocabulary = Vocabulary()
    for text in ("grade", "grape", "grape"):
        vocabulary.learn([text])
    assert vocabulary.nearest("grame") == "grape"


@given(st.text("abc", max_size=6), st.text("abc", max_size=6))
def test_distance_is_symmetric(one: str, other: str) -> None:
    """And zero for equal words only."""
    assert distance(one, other, 2) == distance(other, one, 2)
    assert (distance(one, other, 2) == 0) == (one == other)


def test_synonyms_go_both_ways_or_one_way() -> None:
    """A list in all directions, an arrow in one."""
    meanings = parse("AI, 人工智能\nquick => fast\nnonsense\n")
    assert meanings[Term("ai", False)] == (Term("人工智能", True),)
    assert meanings[Term("人工智能", True)] == (Term("ai", False),)
    assert meanings[Term("quick", False)] == (Term("fast", False),)
    assert Term("fast", False) not in meanings


def test_saved_synonyms_count_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is looked at again, and read when it has changed."""
    monkeypatch.setattr(synonyms, "LOOK_SECONDS", 0.0)
    path = tmp_path / "synonyms.txt"
    path.write_text("foo, bar")
    known = Synonyms(path)
    assert known.choices([], ["foo"])[0]
    path.write_text("other, thing")
    os.utime(path, ns=(time.time_ns(), time.time_ns() + 10_000_000))
    assert not known.choices([], ["foo"])[0]
    assert known.choices([], ["other"])[0]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=512))
@example("a" * 512)
@example("中" * 512)
@example("((((a*)*)*)*)*" * 30)
@example("🎉\x00\ud800 中a" * 60)
def test_any_question_has_a_reading_in_bounded_time(words: str) -> None:
    """No text fails, and none takes seconds."""
    knowledge = Knowledge()
    knowledge.learn({"en": "battery engineer", "zh": "电池工程师"})
    began = time.process_time()
    read(normalise(words), knowledge, count)  # type: ignore[arg-type]
    assert time.process_time() - began < 2


def test_only_so_many_words_are_corrected() -> None:
    """A question of nothing but errors costs no more than one with a few."""
    knowledge = Knowledge()
    knowledge.learn({"en": "battery"})
    reading = read(" ".join(f"batter{chr(97 + n)}" for n in range(20)), knowledge, lambda _, t: Frequencies(1, {}))
    assert len(reading.corrections) <= spelling.MAX_CORRECTIONS

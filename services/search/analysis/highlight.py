"""Shows where a question matched: fragments of the original text, HTML-escaped, with ``<mark>`` around matches.

The text is analysed as it was for the index, with the way back to the original offsets, so a stem marks the whole
word it came from and a simplified question marks traditional text.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Sequence
from html import escape

from .lexicon.choices import Choice
from .normalise import normalise_in_place
from .question import Question
from .tokens import CHINESE_STOP_WORDS, HAN_RUN, bigrams, chinese_words, english, tokenise

#: Only so much of a text is looked at; what matches further on is shown without a fragment.
SCANNED = 6_000
#: Length of a fragment in columns; a Chinese character takes two.
COLUMNS = 180
MAX_FRAGMENTS = 2

Span = tuple[int, int]


class Highlighter:
    """Marks the words of one question in texts of either language."""

    def __init__(self, question: Question) -> None:
        self._stems = frozenset(tokenise(question.shown).en)
        self._han = _pattern(question.shown)
        self._known: dict[str, list[Span]] = {}
        self._asked: dict[str, str] = {}

    @classmethod
    def of_translations(cls, translations: Sequence[Choice]) -> Highlighter:
        """Marks what stands in the other language for what was asked, and can say which is which."""
        highlighter = cls(Question())
        words: dict[str, str] = {}
        for choice in translations:
            for one in choice.alternatives:
                tokens = one.tokens
                if one.stream == "bi":  # the neighbours of a word, put together again
                    tokens = (tokens[0] + "".join(pair[1:] for pair in tokens[1:]),)
                words.update({token: words.get(token, choice.asked) for token in tokens})
        highlighter._asked = words
        highlighter._stems = frozenset(word for word in words if word.isascii())
        han = sorted((word for word in words if not word.isascii()), key=len, reverse=True)
        highlighter._han = re.compile(f"(?=({'|'.join(map(re.escape, han))}))") if han else None
        return highlighter

    def pairs(self, *texts: str) -> list[tuple[str, str]]:
        """What was asked with what stands for it in `texts`, each pair once, in their order."""
        found: dict[str, str] = {}
        for text in texts:
            for start, end in self._spans(text[:SCANNED]):
                typed = text[start:end]
                stems = tokenise(typed)
                for word in (typed, *stems.en, *stems.zh, *stems.bi):
                    if word in self._asked:
                        found.setdefault(self._asked[word], typed)
        return list(found.items())

    def finds(self, text: str) -> bool:
        """Whether anything in `text` would be marked."""
        return bool(self._spans(text[:SCANNED]))

    def whole(self, text: str) -> str:
        """All of `text` with its marks, or "" when there are none."""
        spans = self._spans(text[:SCANNED])
        return _mark(text, 0, len(text), spans) if spans else ""

    def fragments(self, text: str) -> list[str]:
        """Up to two pieces of `text` with the most marks, in the order of the text."""
        text = text[:SCANNED]
        spans = self._spans(text)
        chosen: list[Span] = []
        for start, end in sorted(_windows(text, spans), key=lambda window: -_weight(window, spans)):
            if all(end <= other_start or start >= other_end for other_start, other_end in chosen):
                chosen.append((start, end))
            if len(chosen) == MAX_FRAGMENTS:
                break
        return [_ellipsis(text, start, end, spans) for start, end in sorted(chosen)]

    def _spans(self, text: str) -> list[Span]:
        """The matches in `text`, looked for once: whether there are any is asked before they are shown."""
        if text not in self._known:
            self._known[text] = self._find(text)
        return self._known[text]

    def _find(self, text: str) -> list[Span]:
        """The matches in `text` as offsets, in order, touching ones joined."""
        if not (self._stems or self._han):
            return []
        plain, offsets = normalise_in_place(text)
        spans = [match.span(1) for match in self._han.finditer(plain)] if self._han else []
        if self._stems:
            latin = plain if plain.isascii() else HAN_RUN.sub(lambda run: " " * len(run[0]), plain)
            spans += [
                (token.char_offset_from, token.char_offset_to)
                for token in english().pre_tokenize(latin).tokens
                if token.text in self._stems
            ]
        return _joined(sorted((offsets[start], offsets[end]) for start, end in spans))


def _pattern(words: str) -> re.Pattern[str] | None:
    """Finds the Chinese of a question: its words, or where it is no word of the dictionary its bigrams."""
    wanted: set[str] = set()
    for run in HAN_RUN.findall(words):
        long = {word for word in chinese_words([run]) if len(word) > 1}
        wanted |= long or {pair for pair in bigrams([run]) if pair not in CHINESE_STOP_WORDS}
    if not wanted:
        return None
    longest_first = "|".join(map(re.escape, sorted(wanted, key=len, reverse=True)))
    return re.compile(f"(?=({longest_first}))")  # looks ahead, for matches may overlap


def _joined(spans: list[Span]) -> list[Span]:
    joined: list[Span] = []
    for start, end in spans:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


def _windows(text: str, spans: list[Span]) -> list[Span]:
    """A window around each match that the window before it does not hold."""
    windows: list[Span] = []
    for start, end in spans:
        if not windows or end > windows[-1][1]:
            windows.append(_around(text, start, end))
    return windows


def _around(text: str, start: int, end: int) -> Span:
    """The part of `text` about `COLUMNS` wide that holds a match, a third of it before, cut between words."""
    size = COLUMNS // 2 if HAN_RUN.search(text, start, min(end + 20, len(text))) else COLUMNS
    left = max(0, min(start, start - size // 3))
    right = min(len(text), max(end, left + size))
    while 0 < left < start and text[left - 1].isalnum() and text[left - 1].isascii():
        left += 1
    while right < len(text) and text[right].isalnum() and text[right].isascii() and right > end:
        right -= 1
    return left, right


def _weight(window: Span, spans: list[Span]) -> int:
    """How many matches lie in `window`."""
    return sum(window[0] <= start and end <= window[1] for start, end in spans)


def _ellipsis(text: str, start: int, end: int, spans: list[Span]) -> str:
    before, after = "… " if start > 0 else "", " …" if end < len(text) else ""
    return before + _mark(text, start, end, spans) + after


def _mark(text: str, start: int, end: int, spans: list[Span]) -> str:
    """``text[start:end]`` escaped, with its matches marked."""
    pieces: list[str] = []
    position = start
    for first, last in spans[bisect_left(spans, (start, start)) :]:
        if last > end:
            break
        pieces += [escape(text[position:first]), "<mark>", escape(text[first:last]), "</mark>"]
        position = last
    return "".join(pieces) + escape(text[position:end])

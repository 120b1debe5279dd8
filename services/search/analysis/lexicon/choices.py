"""What a lexicon says, and what comes of it: choices between alternatives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple, Protocol

Stream = Literal["en", "zh", "bi"]


class Translation(NamedTuple):
    """A Chinese word, or English stems parted by spaces; `weight` (0 to 1) says how usual it is."""

    text: str
    weight: float


class Lexicon(Protocol):
    """Answers in the other language, the most usual first; an unknown word has none."""

    def english(self, word: str) -> Sequence[Translation]:
        """The translations of a Chinese word (in simplified characters) as English stems."""

    def chinese(self, stems: str) -> Sequence[Translation]:
        """The translations of English stems, parted by spaces, as Chinese words."""


class Alternative(NamedTuple):
    """Tokens of one stream. Each that is found adds its part of `weight`; with `whole` only all of them count."""

    stream: Stream
    tokens: tuple[str, ...]
    weight: float
    whole: bool = False


class Choice(NamedTuple):
    """Ways to say what was `asked`; in a document the best that is found counts, and no two of them.

    What was asked as a `part` of a longer word only adds to the score of what the longer word, or another, finds:
    a question for 机器人, robots, does not find every 机器, machine.
    """

    asked: str
    alternatives: tuple[Alternative, ...]
    part: bool = False

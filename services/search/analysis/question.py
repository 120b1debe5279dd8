"""What a person typed into the search box, taken apart: words, "phrases" and -exclusions.

Nothing here can fail on any input: a quote without its partner and a lone hyphen are ordinary characters, and no
character has a meaning to an engine, for engines never parse a question.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from .normalise import normalise

#: The longest question; the contract says the same at the edge.
MAX_LENGTH = 512

_PART = re.compile(
    r"""(?P<minus>(?:(?<=\s)|^)[-−])?           # excluded, when it begins a word
        (?: ["“”„「『](?P<phrase>[^"“”„「」『』]+)["“”「」』]   # a phrase in quotes of either language
          | (?P<word>[^\s"“”「」『』]+) )""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Question:
    """`words` is the free text, phrases included; each of `phrases` must match, none of `excluded` may."""

    words: str = ""
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()

    @property
    def asks_nothing(self) -> bool:
        """Whether every document answers it (unless excluded)."""
        return not self.words


def understand(text: str) -> Question:
    """The question in `text`."""
    words: list[str] = []
    phrases: list[str] = []
    excluded: list[str] = []
    for part in _PART.finditer(normalise(text)):
        content = part["phrase"] or part["word"]
        if part["minus"]:
            excluded.append(content)
            continue
        words.append(content)
        if part["phrase"]:
            phrases.append(content)
    return Question(" ".join(words).strip(), tuple(phrases), tuple(excluded))

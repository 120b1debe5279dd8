"""What a person typed into the search box, taken apart: words, "phrases", -exclusions and title:fields.

Nothing here can fail on any input: a quote without its partner, a lone hyphen and a field that is none of ours are
ordinary characters, and no character has a meaning to an engine, for engines never parse a question. There is no
nesting: a parenthesis is an ordinary character too.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, NamedTuple

from .normalise import normalise

#: The longest question; the contract says the same at the edge.
MAX_LENGTH = 512
#: Phrases, exclusions and fields together; each costs an engine a walk of its own.
MAX_CLAUSES = 24

Field = Literal["title", "owner"]
#: How a field may be called.
_FIELDS: dict[str, Field] = {
    "title": "title", "标题": "title",
    "owner": "owner", "单位": "owner", "机构": "owner",
}  # fmt: skip
_QUOTES = '"“”„「」『』'

_PART = re.compile(
    rf"""(?:(?<=\s)|^)(?P<minus>[-−])?(?P<field>{"|".join(_FIELDS)}):   # a field, where a word begins
         (?: [{_QUOTES}](?P<field_phrase>[^{_QUOTES}]+)[{_QUOTES}] | (?P<field_word>[^\s{_QUOTES}]+) )
       | (?P<not>(?:(?<=\s)|^)[-−])?           # excluded, when it begins a word
         (?: [{_QUOTES}](?P<phrase>[^{_QUOTES}]+)[{_QUOTES}]   # a phrase in quotes of either language
           | (?P<word>[^\s{_QUOTES}]+) )""",
    re.VERBOSE | re.IGNORECASE,
)


class InField(NamedTuple):
    """A text that must stand in one field, letter by letter."""

    field: Field
    text: str


@dataclass(frozen=True, slots=True)
class Question:
    """`words` is the free text, phrases included; each of `phrases` and `within` must match, none of `excluded`
    and `outside` may."""

    words: str = ""
    phrases: tuple[str, ...] = ()
    excluded: tuple[str, ...] = ()
    within: tuple[InField, ...] = ()
    outside: tuple[InField, ...] = ()

    @property
    def asks_nothing(self) -> bool:
        """Whether every document answers it (unless excluded, or asked of a field)."""
        return not self.words

    @property
    def clauses(self) -> int:
        """How many parts it has beside its words."""
        return len(self.phrases) + len(self.excluded) + len(self.within) + len(self.outside)

    @property
    def shown(self) -> str:
        """What is marked in results: all that was asked for, in whatever field."""
        return " ".join(filter(None, (self.words, *(part.text for part in self.within))))


def understand(text: str) -> Question:
    """The question in `text`."""
    words: list[str] = []
    phrases: list[str] = []
    excluded: list[str] = []
    within: list[InField] = []
    outside: list[InField] = []
    for part in _PART.finditer(normalise(text)):
        if part["field"]:
            place = InField(_FIELDS[part["field"].lower()], part["field_phrase"] or part["field_word"])
            (outside if part["minus"] else within).append(place)
            continue
        content = part["phrase"] or part["word"]
        if part["not"]:
            excluded.append(content)
            continue
        words.append(content)
        if part["phrase"]:
            phrases.append(content)
    return Question(" ".join(words).strip(), tuple(phrases), tuple(excluded), tuple(within), tuple(outside))

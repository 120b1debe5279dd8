"""The dictionaries that the analysis works with are read at their first use; a service reads them before that."""

from __future__ import annotations

from .lexicon.cedict import cedict
from .normalise import normalise_in_place
from .tokens import tokenise


def load_dictionaries() -> None:
    """Read the words of Chinese, the simplified forms and the widths: two seconds, once in a process."""
    tokenise("分词 words")
    cedict()
    normalise_in_place("全角，")

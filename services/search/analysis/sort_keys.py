"""Keys that put titles in the order people expect, as plain strings that every engine compares alike."""

from __future__ import annotations

from .normalise import normalise
from .question import MAX_LENGTH


def title_key(title: str) -> str:
    """Latin titles by letter without regard to case, Chinese ones by pinyin.

    GB 18030 gives the 3,755 everyday characters their codes in pinyin order and puts Latin letters before them;
    the hexadecimal form keeps the order of the bytes in a string.
    """
    return normalise(title).casefold().strip()[:40].encode("gb18030", "replace").hex()


def folded(title: str) -> str:
    """`title` without case, spacing and punctuation: two titles that read the same are the same.

    Cut where no question reaches; an engine could not take a title of 20,000 characters for one term.
    """
    return "".join(letter for letter in normalise(title).casefold() if letter.isalnum())[:MAX_LENGTH]

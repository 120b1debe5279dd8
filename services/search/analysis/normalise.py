"""One spelling for what looks the same, without losing the way back to the original text.

Compatibility forms are folded (Unicode NFKC: full-width letters, ligatures, compatibility ideographs), control
characters and lone surrogates become spaces, and traditional Chinese becomes simplified.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

from .simplify import simplify

# C0, C1 and what Unicode calls format characters that hide inside words (zero-width space, direction marks, BOM).
_HIDDEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ud800-\udfff]")
# A character with the combining marks that follow it: the smallest piece that NFKC treats on its own.
_CLUSTER = re.compile("(?s).[\u0300-\u036f\u3099\u309a\uff9e\uff9f\u1100-\u11ff]*")


def normalise(text: str) -> str:
    """`text` as it is indexed and as it is asked for."""
    if text.isascii():
        return _HIDDEN.sub(" ", text)
    return simplify(unicodedata.normalize("NFKC", _HIDDEN.sub(" ", text)))


def normalise_in_place(text: str) -> tuple[str, Sequence[int]]:
    """`normalise(text)`, and for each of its characters (and its end) the offset in `text` where it came from."""
    visible = _HIDDEN.sub(" ", text)
    same_length = visible if visible.isascii() else visible.translate(_one_to_one())
    if unicodedata.is_normalized("NFKC", same_length):
        return simplify(same_length), range(len(text) + 1)
    pieces: list[str] = []
    offsets: list[int] = []
    for cluster in _CLUSTER.finditer(visible):
        piece = unicodedata.normalize("NFKC", cluster[0])
        pieces.append(piece)
        offsets += [cluster.start()] * len(piece)
    return simplify("".join(pieces)), [*offsets, len(text)]


@lru_cache(maxsize=1)
def _one_to_one() -> dict[int, str]:
    """Characters of the basic plane whose compatibility form is one other character."""
    folded = ((code, unicodedata.normalize("NFKC", chr(code))) for code in range(0x80, 0x10000))
    return {code: form for code, form in folded if len(form) == 1 and form != chr(code)}

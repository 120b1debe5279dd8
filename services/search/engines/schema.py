"""What is indexed, the same for every engine: fields, weights, and the record that a document becomes."""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass, field

import msgspec

from messaging.contracts.search import FACETS, RANGES
from services.search.analysis.sort_keys import folded, title_key
from services.search.analysis.tokens import tokenise
from services.search.documents import Document
from services.search.suggest.keys import keys_of

#: Raised by hand when the same document must become other tokens; then every index is built anew.
ANALYSIS = 1

#: Token fields: the title alone, all text of the document, title included, and who is behind it.
TOKEN_FIELDS = (
    "title_en", "title_zh", "title_bi", "all_en", "all_zh", "all_bi", "owner_en", "owner_zh", "owner_bi",
)  # fmt: skip
#: What a match in each field counts for. One configuration for every collection; docs/search.md says how found.
WEIGHTS = {
    "all_en": 1.0, "title_en": 0.3,
    "all_zh": 1.0, "title_zh": 0.3,
    "all_bi": 0.5, "title_bi": 0.15,
}  # fmt: skip
#: What neighbours of a question count for where they stand near one another, at most so many words apart.
NEAR, NEAR_SLOP = 0.3, 4
#: The best translated hit scores this much where the best hit in the question's own language scores 1 and both are
#: equally good matches; where they are not, the geometric mean of the two. docs/decisions/0013 says why.
TRANSLATED = 0.75
#: Documents that are read for their words and translations when an index is opened.
LEARNED_AT_OPENING = 20_000
#: A question that is a document's whole title outweighs any number of words in common.
EXACT_TITLE = 50.0
#: Unique strings whose order is the order of a sort.
KEY_FIELDS = ("by_time", "by_title_zh", "by_title_en")


@dataclass(frozen=True, slots=True)
class Record:
    """A document as an engine stores it.

    `tie` is a number made from the id, to order documents of one score; `numbers` is what ranges narrow; `suggest`
    holds the keys of its titles (see `services.search.suggest.keys`); `source` is the document as JSON. A
    deleted document stays as a record with nothing but its id and version (`gone`), so that an event from before
    its deletion, coming late, does not bring it back.
    """

    id: str
    version: int
    tie: int
    gone: bool = False
    languages: tuple[str, ...] = ()
    tokens: dict[str, str] = field(default_factory=dict)
    titles: tuple[str, ...] = ()
    facets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    keys: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, int] = field(default_factory=dict)
    suggest: tuple[str, ...] = ()
    source: bytes = b""


def record_of(document: Document) -> Record:
    """Analyse `document`. The costly step of indexing: about 0.3 ms for a bilingual abstract."""
    return Record(
        id=document.id,
        version=document.version,
        tie=tie_of(document.id),
        languages=tuple(document.titles),
        tokens=tokens_of(document),
        titles=tuple(filter(None, map(folded, document.titles.values()))),
        facets={"type": (document.type,), **document.facets},
        keys={
            "by_time": f"{document.time} {document.id}",
            "by_title_zh": f"{title_key(document.title('zh'))} {document.id}",
            "by_title_en": f"{title_key(document.title('en'))} {document.id}",
        },
        numbers=document.numbers,
        suggest=keys_of(document.titles),
        source=msgspec.json.encode(document),
    )


def tombstone(id: str, version: int) -> Record:
    """What is left of a deleted document."""
    return Record(id, version, tie_of(id), gone=True, source=msgspec.json.encode({"id": id, "version": version}))


def tie_of(id: str) -> int:
    """A number of 63 bits that stands for `id`: the same in every engine and process."""
    return int.from_bytes(hashlib.blake2b(id.encode(), digest_size=8).digest()) >> 1


def scale_of(own: float, translated: float) -> float:
    """What translations count for, given the best score in each language: so much that the best translated hit
    lies below the best of the own language, and the more so the worse it matches. See `TRANSLATED`."""
    return TRANSLATED * math.sqrt(own / translated) if own > 0 and translated > 0 else 1.0


def fingerprint(engine: str) -> str:
    """Changes when an index made earlier, or by another version of the engine, can no longer serve."""
    parts = (engine, ANALYSIS, TOKEN_FIELDS, KEY_FIELDS, FACETS, RANGES)
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def tokens_of(document: Document) -> dict[str, str]:
    """Token fields with their tokens parted by spaces; empty ones are left out."""
    title = tokenise("\n".join(document.titles.values()))
    rest = tokenise("\n".join([*document.texts.values(), *document.also.values()]))
    fields = {}
    for stream, of_title, of_rest in zip(("en", "zh", "bi"), title, rest, strict=True):
        if of_title:
            fields[f"title_{stream}"] = " ".join(of_title)
        if of_title or of_rest:
            fields[f"all_{stream}"] = " ".join([*of_title, *of_rest])
    if document.owner:
        owner = tokenise("\n".join(document.owner.values()))
        fields |= {f"owner_{stream}": " ".join(tokens) for stream, tokens in owner._asdict().items() if tokens}
    return fields

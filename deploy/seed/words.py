"""The vocabulary in ``words/``: pairs of a Chinese and an English text with the same meaning.

A pair is written ``Chinese | English``. A template is a pair with ``{places}``, filled with pairs in both
languages at once, so that both texts say the same.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any, NamedTuple

from . import figures

FOLDER = Path(__file__).parent / "words"


class Pair(NamedTuple):
    """One text in both languages."""

    zh: str
    en: str

    def fill(self, words: dict[str, Pair]) -> Pair:
        """This template with every ``{place}`` filled; the English begins with a capital."""
        zh = self.zh.format_map({place: pair[0] for place, pair in words.items()})
        en = self.en.format_map({place: pair[1] for place, pair in words.items()})
        return Pair(zh, capitalised(en))


class City(NamedTuple):
    """A city outside the mainland, with its country or region and its time zone."""

    name: Pair
    country: str
    time_zone: str


@dataclass(frozen=True)
class Sector:
    """A sector with its words; `weight` is its share of everything."""

    slug: str
    weight: int
    name: Pair
    industry: Pair
    methods: tuple[Pair, ...]
    products: tuple[Pair, ...]
    applications: tuple[Pair, ...]


@dataclass(frozen=True)
class Country:
    """A country or region of attendees; `languages` are those beside Chinese and English."""

    code: str
    weight: int
    languages: tuple[str, ...]
    cities: tuple[City, ...]


def pair(line: str) -> Pair:
    """The pair written as ``Chinese | English``."""
    zh, en = line.split(" | ")
    return Pair(zh, en)


def pairs(text: str) -> tuple[Pair, ...]:
    """One pair a line."""
    return tuple(pair(line) for line in text.strip().splitlines())


def number(value: object) -> Pair:
    """A number reads the same in both languages."""
    return Pair(str(value), str(value))


def capitalised(english: str) -> str:
    """`english` with a capital at its start, unless its first word has a spelling of its own, as mRNA has."""
    first_word = english.split(" ", 1)[0]
    return english[0].upper() + english[1:] if first_word.islower() else english


def joined(sentences: Iterable[Pair]) -> Pair:
    """Sentences as one text."""
    zh, en = zip(*sentences, strict=True)
    return Pair("".join(zh), " ".join(en))


def languages_of(rng: Random) -> str:
    """In which languages somebody writes: "zh", "en", or "both" mostly."""
    draw = rng.random()
    if draw < figures.CHINESE_ONLY:
        return "zh"
    return "en" if draw < figures.CHINESE_ONLY + figures.ENGLISH_ONLY else "both"


def on_the_wire(text: Pair, languages: str = "both") -> str | dict[str, str]:
    """`text` as the contracts' `Text`: a plain string in one language, an object in both."""
    if languages == "both":
        return {"zh": text.zh, "en": text.en}
    return text.zh if languages == "zh" else text.en


@cache
def phrases(name: str) -> dict[str, Any]:
    """The raw content of ``words/<name>.toml``."""
    return tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))


@cache
def sectors() -> tuple[Sector, ...]:
    """All sectors."""
    return tuple(
        Sector(
            slug=slug,
            weight=words["weight"],
            name=pair(words["name"]),
            industry=pair(words["industry"]),
            methods=pairs(words["methods"]),
            products=pairs(words["products"]),
            applications=pairs(words["applications"]),
        )
        for slug, words in phrases("sectors").items()
    )


@cache
def countries() -> tuple[Country, ...]:
    """The countries and regions that attendees come from."""
    return tuple(
        Country(code, words["weight"], tuple(words.get("languages", ())), _cities(code, words["cities"]))
        for code, words in phrases("overseas").items()
    )


def _cities(country: str, text: str) -> tuple[City, ...]:
    rows = (line.split(" | ") for line in text.strip().splitlines())
    return tuple(City(Pair(zh, en), country, time_zone) for zh, en, time_zone in rows)


@cache
def mainland_cities() -> tuple[Pair, ...]:
    """The cities that send delegations, in their order."""
    lines = (FOLDER / "mainland.txt").read_text(encoding="utf-8").splitlines()
    return tuple(pair(line) for line in lines if not line.startswith("#"))

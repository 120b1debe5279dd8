"""Projects, put into words by a small grammar: a title and an abstract of two to four sentences.

Chinese and English are filled from the same pairs, so that a concept asked for in one language is found in
the other. The vocabulary is in ``words/sectors.toml``, the sentences in ``words/projects.toml``.
"""

from __future__ import annotations

from functools import cache
from random import Random
from typing import Any

from .words import Pair, Sector, joined, languages_of, mainland_cities, number, on_the_wire, pair, pairs, phrases

SENTENCES = ("titles", "qualities", "problems", "pains", "approaches", "gains", "closings")
STAGES = ("idea", "prototype", "pilot", "market", "scaling")
STAGE_WEIGHTS = (15, 30, 25, 20, 10)
#: How often a title that exists already is drawn again before it is accepted.
PATIENCE = 20


@cache
def _grammar() -> dict[str, tuple[Pair, ...]]:
    raw = phrases("projects")
    return {name: pairs(raw[name]) for name in SENTENCES} | {
        stage: pairs(text) for stage, text in raw["milestones"].items()
    }


@cache
def _seeking() -> dict[str, Pair]:
    return {slug: pair(text) for slug, text in phrases("projects")["seeking"].items()}


def concepts(sector: Sector, rng: Random) -> dict[str, Pair]:
    """What a text of the sector is about: two methods, a product, an application, and the sector's names."""
    m, m2 = rng.sample(sector.methods, 2)
    return {
        "m": m,
        "m2": m2,
        "p": rng.choice(sector.products),
        "a": rng.choice(sector.applications),
        "sector": sector.name,
        "industry": sector.industry,
    }


class ProjectWriter:
    """Writes project drafts as `registration.ProjectDraft` wants them, and hardly ever a title twice."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._titles: set[Pair] = set()

    def draft(self, sector: Sector) -> dict[str, Any]:
        """One project of the sector."""
        rng = self._rng
        title, about = self._title(sector)
        stage = rng.choices(STAGES, STAGE_WEIGHTS)[0]
        seeking = rng.sample(tuple(_seeking()), rng.randint(1, 3))
        languages = languages_of(rng)
        return {
            "title": on_the_wire(title, languages),
            "abstract": on_the_wire(self._abstract(about, stage, seeking[0]), languages),
            "sector": sector.slug,
            "stage": stage,
            "seeking": seeking,
        }

    def _title(self, sector: Sector) -> tuple[Pair, dict[str, Pair]]:
        """A title and the concepts that its abstract goes on about."""
        grammar = _grammar()
        for _ in range(PATIENCE):
            about = concepts(sector, self._rng) | {"q": self._rng.choice(grammar["qualities"])}
            title = self._rng.choice(grammar["titles"]).fill(about)
            if title not in self._titles:
                break
        self._titles.add(title)
        return title, about

    def _abstract(self, about: dict[str, Pair], stage: str, sought: str) -> Pair:
        """Problem (mostly), approach, state of the work, and an invitation (mostly)."""
        rng, grammar = self._rng, _grammar()
        percent = rng.randrange(10, 75, 5)
        words = about | {
            "pain": rng.choice(grammar["pains"]),
            "gain": Pair(*(text.format(n=percent) for text in rng.choice(grammar["gains"]))),
            "k": number(rng.randint(2, 12)),
            "seeking": _seeking()[sought],
            "city": rng.choice(mainland_cities()),
        }
        order = ["approaches", stage]
        if rng.random() < 0.7:
            order.insert(0, "problems")
        if rng.random() < 0.6:
            order.append("closings")
        return joined(rng.choice(grammar[kind]).fill(words) for kind in order)

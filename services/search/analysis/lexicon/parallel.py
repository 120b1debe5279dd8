"""A lexicon that our own documents teach: titles and names that stand there in both languages.

Words that keep coming together translate one another: Dice's coefficient, twice the pairs that have both over the
pairs that have the one plus those that have the other. It learns the conference's own terms, which no dictionary
has, from the first two titles on.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from services.search.analysis.tokens import tokenise

from .choices import Translation

#: Pairs of texts that are counted; by then the terms of a conference are known, and memory stays bounded.
MAX_PAIRS = 10_000
#: A text of more words is no title, and everything in it comes together with everything.
MAX_WORDS = 24
#: Pairs that must have both words, and how exclusively they must keep company.
MIN_TOGETHER, MIN_DICE = 2, 0.4
#: An answer is made again when the word has been in so many times as many pairs.
GROWTH = 1.2
#: Translations of one word that are of use.
MAX_TRANSLATIONS = 3


class ParallelTexts:
    """A `Lexicon` out of pairs of texts."""

    def __init__(self) -> None:
        self._seen: set[int] = set()
        self._pairs_with: Counter[str] = Counter()
        self._together: dict[str, Counter[str]] = defaultdict(Counter)
        self._answers: dict[str, tuple[int, list[Translation]]] = {}

    def learn(self, chinese: str, english: str) -> None:
        """Count a pair of texts that say the same. One that was seen before teaches nothing new."""
        pair = hash((chinese, english))
        if pair in self._seen or len(self._seen) >= MAX_PAIRS:
            return
        self._seen.add(pair)
        words, stems = tokenise(chinese).zh, tokenise(english).en
        if not (0 < len(words) <= MAX_WORDS and 0 < len(stems) <= MAX_WORDS):
            return
        left = set(words)
        right = {*stems, *map(" ".join, pairwise(stems))}
        self._pairs_with.update(left | right)
        for word in left:
            self._together[word].update(right)
        for stem in right:
            self._together[stem].update(left)

    def english(self, word: str) -> list[Translation]:
        """See `Lexicon.english`."""
        return self._companions(word)

    def chinese(self, stems: str) -> list[Translation]:
        """See `Lexicon.chinese`."""
        return self._companions(stems)

    def _companions(self, word: str) -> list[Translation]:
        own = self._pairs_with.get(word, 0)
        if own < MIN_TOGETHER:
            return []
        seen, answer = self._answers.get(word, (0, []))
        if seen * GROWTH >= own:
            return answer
        counted = list(self._together[word].items())  # one step, for another thread may be learning
        scored = [
            Translation(other, 2 * together / (own + self._pairs_with[other]))
            for other, together in counted
            if together >= MIN_TOGETHER
        ]
        usual = sorted((one for one in scored if one.weight >= MIN_DICE), key=lambda one: (-one.weight, one.text))
        self._answers[word] = (own, usual[:MAX_TRANSLATIONS])
        return usual[:MAX_TRANSLATIONS]

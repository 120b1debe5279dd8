"""What a search knows beyond the question: the words of the documents, and their sense in the other language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from .lexicon.cedict import cedict
from .lexicon.choices import Lexicon
from .lexicon.parallel import ParallelTexts
from .spelling import Vocabulary
from .synonyms import Synonyms


class Knowledge:
    """Learned from the documents of one index. It only adds to what is found, so it need not be exact: what a
    deleted document taught stays until the index is opened again."""

    def __init__(self, synonyms: Path | None = None) -> None:
        self.vocabulary = Vocabulary()
        self.parallel = ParallelTexts()
        self.synonyms = Synonyms(synonyms)

    @property
    def lexicons(self) -> tuple[Lexicon, ...]:
        """Where translations come from, the conference's own terms first."""
        return (self.parallel, cedict())

    def learn(self, *texts: Mapping[str, str]) -> None:
        """Learn from the texts of one document, each as it is in each language."""
        self.vocabulary.learn(text["en"] for text in texts if "en" in text)
        for text in texts:
            if "zh" in text and "en" in text:
                self.parallel.learn(text["zh"], text["en"])

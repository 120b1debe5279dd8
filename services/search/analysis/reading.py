"""What a question means beyond its letters: words spelt right, synonyms, and the same in the other language."""

from __future__ import annotations

from dataclasses import dataclass, field

from .knowledge import Knowledge
from .lexicon.choices import Choice
from .lexicon.translate import Count, to_chinese, to_english
from .spelling import MAX_CORRECTIONS, fold
from .tokens import HAN_RUN, WORD, asked_stems, english


@dataclass(frozen=True, slots=True)
class Reading:
    """`words` is the question with its `corrections` (typed word to known word); `synonyms` add to it in its own
    language, `translations` say it in the other."""

    words: str = ""
    corrections: dict[str, str] = field(default_factory=dict)
    synonyms: tuple[Choice, ...] = ()
    translations: tuple[Choice, ...] = ()


def read(words: str, knowledge: Knowledge, count: Count) -> Reading:
    """The reading of (normalised) `words`. `count` asks the index how many documents have a token."""
    corrections = _corrections(words, knowledge, count)
    if corrections:
        words = WORD.sub(lambda typed: corrections.get(typed[0], typed[0]), words)
    runs = HAN_RUN.findall(words)
    stems = asked_stems(HAN_RUN.sub(" ", words))
    own, other = knowledge.synonyms.choices(runs, [stem for stem, _ in stems])
    if runs:
        translated = to_english(runs, knowledge.lexicons, count)
    else:
        translated = to_chinese(stems, knowledge.lexicons, count)
    return Reading(words, corrections, own, other + translated)


def _corrections(words: str, knowledge: Knowledge, count: Count) -> dict[str, str]:
    """The words that neither the documents nor their stems have, with what was probably meant."""
    typed = [word for word in dict.fromkeys(WORD.findall(words)) if not knowledge.vocabulary.frequency(fold(word))]
    if not typed:
        return {}
    stems = {word: english().analyze(word) for word in typed}
    known = count("en", {stem for found in stems.values() for stem in found}).of
    unknown = [word for word in typed if stems[word] and not any(map(known.get, stems[word]))]
    nearest = ((word, knowledge.vocabulary.nearest(fold(word))) for word in unknown[:MAX_CORRECTIONS])
    return {word: other for word, other in nearest if other}

"""Was anything lost, doubled, invented or told out of order? Pure: what was seen at each stage goes in.

    attempted ─▶ acknowledged ─▶ stored ─▶ published ─▶ indexed ─▶ notified

Each stage must have all of the stage before, and nothing that nobody attempted. Jepsen's words: what a client
was told is done is *acknowledged*; acknowledged and gone is *lost*; two effects of one command are *doubled*; an
effect of no command is a *phantom*.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise


@dataclass(frozen=True)
class Heard:
    """One event of an aggregate, as it was delivered."""

    id: str
    type: str
    aggregate: str
    seq: int


@dataclass(frozen=True, kw_only=True)
class Seen:
    """What was seen of one kind of aggregate.

    `attempted` are the keys of commands that were sent; `acknowledged` pairs of key and aggregate for each answer
    of success, and `versions` the highest version of an aggregate among those; `stored` pairs of key and aggregate
    for each document, `stored_versions` its version; `heard` events in the order of delivery; `indexed` and
    `notified` aggregates, None for a kind that is not searched.
    """

    attempted: frozenset[str]
    acknowledged: Sequence[tuple[str, str]]
    versions: Mapping[str, int] = field(default_factory=dict)
    stored: Sequence[tuple[str, str]]
    stored_versions: Mapping[str, int] = field(default_factory=dict)
    heard: Sequence[Heard]
    indexed: frozenset[str] | None = None
    notified: frozenset[str] | None = None


@dataclass(frozen=True, kw_only=True)
class Openings:
    """A vacancy with so many openings: who holds one, and who has applied."""

    vacancy: str
    number: int
    holders: frozenset[str]
    applicants: Sequence[str]


@dataclass
class Verdict:
    """Sentences about what is wrong, by word; all empty when nothing is. The numbers are for people."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    phantom: list[str] = field(default_factory=list)
    disordered: list[str] = field(default_factory=list)
    redelivered: int = 0
    stored: int = 0

    @property
    def clean(self) -> bool:
        """Nothing lost, doubled, invented or out of order."""
        return not (self.lost or self.doubled or self.phantom or self.disordered)


def judge(seen: Seen) -> Verdict:
    """Every stage against the one before it."""
    verdict = Verdict(stored=len(seen.stored))
    acknowledged = {id for _, id in seen.acknowledged}
    stored = {id for _, id in seen.stored}
    published = {event.aggregate for event in seen.heard}
    stages = [("acknowledged", acknowledged), ("stored", stored), ("published", published)]
    for name, searchable in (("indexed", seen.indexed), ("notified", seen.notified)):
        if searchable is not None:
            stages.append((name, set(searchable)))
    for (earlier, there), (later, here) in pairwise(stages):
        verdict.lost += sentences(there - here, f"{earlier}, not {later}")
        if earlier != "acknowledged":  # what was stored without an answer is no phantom: the answer got lost
            verdict.phantom += sentences(here - there, f"{later}, not {earlier}")
    keys = {key for key, _ in (*seen.acknowledged, *seen.stored)}
    verdict.phantom += sentences(keys - seen.attempted, "there, and never asked for")
    verdict.doubled += two_for_one(seen.acknowledged, "answers") + two_for_one(seen.stored, "documents")
    judge_events(seen.heard, verdict)
    told = {(event.aggregate, event.seq) for event in seen.heard}
    untold = [id for id, version in seen.versions.items() if (id, version) not in told]
    verdict.lost += sentences(untold, "its last acknowledged version was never told")
    undone = [id for id, version in seen.versions.items() if version > seen.stored_versions.get(id, version)]
    verdict.lost += sentences(undone, "an acknowledged change is not in the store")
    return verdict


def judge_openings(vacancies: Iterable[Openings], verdict: Verdict) -> None:
    """One opening for each application to a vacancy that counts them, and no more than there are."""
    for one in vacancies:
        applicants = set(one.applicants)
        verdict.lost += sentences(
            one.holders - applicants, f"holds an opening of {one.vacancy}, and has not applied"
        )
        verdict.lost += sentences(applicants - one.holders, f"applied to {one.vacancy}, and holds no opening")
        if max(len(one.applicants), len(one.holders)) > one.number:
            verdict.doubled.append(f"{one.vacancy}: more applications than openings")


def two_for_one(pairs: Iterable[tuple[str, str]], what: str) -> list[str]:
    """Keys with more than one aggregate."""
    by_key: dict[str, set[str]] = defaultdict(set)
    for key, id in pairs:
        by_key[key].add(id)
    return sentences((key for key, ids in by_key.items() if len(ids) > 1), f"one command, several {what}")


def judge_events(heard: Sequence[Heard], verdict: Verdict) -> None:
    """One event for each version of an aggregate, first heard in the order of versions, without a gap."""
    events: dict[str, dict[str, int]] = defaultdict(dict)  # aggregate: event id: seq, in the order first heard
    for event in heard:
        events[event.aggregate].setdefault(event.id, event.seq)
    for aggregate, by_id in events.items():
        versions = list(by_id.values())
        twice = [seq for seq, times in Counter(versions).items() if times > 1]
        verdict.doubled += sentences(twice, f"a version of {aggregate} told by two events")
        if versions != sorted(versions):
            verdict.disordered.append(f"{aggregate}: told as {versions}")
        missing = set(range(1, max(versions) + 1)) - set(versions)
        verdict.lost += sentences(missing, f"a version of {aggregate} that was never told")
    verdict.redelivered = len(heard) - sum(map(len, events.values()))


def too_few(kills: Counter[str], components: Iterable[str], least: int) -> list[str]:
    """A storm that spared somebody shows nothing: who was killed less than `least` times."""
    return [f"{name}: {kills[name]} kills, {least} wanted" for name in components if kills[name] < least]


def sentences(things: Iterable[object], what: str) -> list[str]:
    """`thing: what` of each, sorted."""
    return sorted(f"{thing}: {what}" for thing in things)

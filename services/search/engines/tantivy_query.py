"""A plan in tantivy's terms. Queries are built from tokens; tantivy's query parser never sees a person's text."""

from __future__ import annotations

from collections.abc import Iterable

from tantivy import FieldType, Occur, Query, Schema

from services.search.analysis.lexicon.choices import Alternative, Choice
from services.search.suggest.keys import BEGINNING

from .plan import HIDDEN, Between, Group, Phrase, Plan
from .schema import EXACT_TITLE, NEAR, NEAR_SLOP
from .tantivy_index import GONE, LANGUAGE, SUGGEST, TITLE, number_field


def suggested(schema: Schema, key: str, types: tuple[str, ...]) -> Query:
    """Documents with a suggestion key that begins with `key`, without what searches hide."""
    keyed = (
        Query.term_query(schema, SUGGEST, key, index_option="basic")
        if key.startswith(BEGINNING)
        else Query.fuzzy_term_query(schema, SUGGEST, key, distance=0, prefix=True)
    )
    clauses = [(Occur.Must, Query.const_score_query(keyed, 1.0))]
    clauses += [(Occur.MustNot, Query.term_set_query(schema, name, list(HIDDEN[name]))) for name in HIDDEN]
    if types:
        clauses.append(
            (Occur.Must, Query.const_score_query(Query.term_set_query(schema, "type", list(types)), 0.0))
        )
    return _boolean(clauses)


class QueryBuilder:
    """Builds the queries of one plan over one schema."""

    def __init__(self, schema: Schema, plan: Plan) -> None:
        self._schema = schema
        self._plan = plan
        self._question: Query = self._understood(self._positive())

    def hits(self) -> Query:
        """What is found with all filters."""
        return self._filtered(but=None)

    def facet(self, name: str) -> Query:
        """What the counts of a facet count: everything found with the filters on the other facets."""
        return self._filtered(but=name)

    def own_language(self) -> Query:
        """What is found with all filters in the question's own language, its exact title aside."""
        return self._filtered(but=None, question=self._understood(self._words()))

    def exact_title(self) -> Query:
        """What has the question for a title, with all filters."""
        return self._filtered(but=None, question=self._understood(self._title()))

    def translated(self) -> Query:
        """What is found with all filters in the other language."""
        return self._filtered(but=None, question=self._understood(self._translations()))

    def _filtered(self, but: str | None, question: Query | None = None) -> Query:
        plan = self._plan
        clauses = [(Occur.Must, question or self._question)]
        clauses += [
            (Occur.Must, self._any(facet, values)) for facet, values in plan.filters.items() if facet != but
        ]
        clauses += [
            (Occur.MustNot, self._any(facet, values)) for facet, values in plan.hidden.items() if facet != but
        ]
        return _boolean(clauses)

    def _understood(self, positive: Query) -> Query:
        """The question without filters: what matches `positive` and was not ruled out."""
        plan = self._plan
        if plan.nothing:
            return Query.empty_query()
        clauses = [(Occur.Must, positive), (Occur.MustNot, self._any(GONE, ("gone",)))]
        if plan.language:
            clauses.append((Occur.Must, self._any(LANGUAGE, (plan.language,))))
        clauses += [(Occur.Must, self._one_of(groups)) for groups in plan.required]
        clauses += [(Occur.Must, self._between(wanted)) for wanted in plan.ranges]
        clauses += [(Occur.MustNot, self._group(group)) for group in plan.excluded]
        return _boolean(clauses)

    def _positive(self) -> Query:
        plan = self._plan
        if plan.everything:
            return Query.all_query()
        clauses = [(Occur.Must if plan.phrases else Occur.Should, self._words())]
        if plan.translations:
            clauses.append((Occur.Should, self._translations()))
        if plan.title:
            clauses.append((Occur.Should, self._title()))
        return _boolean(clauses)

    def _title(self) -> Query:
        title = Query.term_query(self._schema, TITLE, self._plan.title, index_option="basic")
        return Query.const_score_query(title, EXACT_TITLE)

    def _words(self) -> Query:
        """The words of the question and what adds to them; of phrases all must match."""
        plan = self._plan
        clauses = [
            (Occur.Should, Query.boost_query(self._token(term.field, term.token), term.weight))
            for term in plan.terms
        ]
        clauses += [(Occur.Should, Query.boost_query(self._near(phrase), NEAR)) for phrase in plan.near]
        clauses += [(Occur.Should, self._choice(choice)) for choice in plan.synonyms]
        clauses += [(Occur.Must, self._phrase(phrase)) for phrase in plan.phrases]
        return _boolean(clauses)

    def _translations(self) -> Query:
        """The question in the other language. What is written alike in both, names and figures, adds to it."""
        plan = self._plan
        finding = [self._choice(choice) for choice in plan.translations if not choice.part]
        adding = [self._choice(choice) for choice in plan.translations if choice.part]
        adding += [self._token(term.field, term.token) for term in plan.terms if term.field == "all_en"]
        found = _boolean([(Occur.Should, query) for query in finding])
        return _boolean([(Occur.Must, found), *((Occur.Should, query) for query in adding)])

    def _choice(self, choice: Choice) -> Query:
        return Query.disjunction_max_query(list(map(self._alternative, choice.alternatives)), 0.1)

    def _alternative(self, one: Alternative) -> Query:
        tokens = [self._token(f"all_{one.stream}", token) for token in one.tokens]
        occur = Occur.Must if one.whole else Occur.Should
        found = tokens[0] if len(tokens) == 1 else _boolean([(occur, token) for token in tokens])
        return Query.boost_query(found, one.weight / len(tokens))

    def _near(self, phrase: Phrase) -> Query:
        return Query.phrase_query(self._schema, phrase.field, list(phrase.tokens), slop=NEAR_SLOP)

    def _one_of(self, groups: tuple[Group, ...]) -> Query:
        """Whatever has one of `groups`; it adds nothing to the score."""
        return Query.const_score_query(_boolean([(Occur.Should, self._group(group)) for group in groups]), 0.0)

    def _between(self, wanted: Between) -> Query:
        name = number_field(wanted.field)
        found = Query.range_query(self._schema, name, FieldType.Integer, wanted.low, wanted.high)
        return Query.const_score_query(found, 0.0)

    def _group(self, group: Group) -> Query:
        return _all(map(self._phrase, group))

    def _phrase(self, phrase: Phrase) -> Query:
        if len(phrase.tokens) == 1:
            return self._token(phrase.field, phrase.tokens[0])
        return Query.phrase_query(self._schema, phrase.field, list(phrase.tokens))

    def _token(self, field: str, token: str) -> Query:
        return Query.term_query(self._schema, field, token, index_option="freq")

    def _any(self, field: str, values: tuple[str, ...]) -> Query:
        """Whatever has one of `values`; it adds nothing to the score."""
        if not values:
            return Query.empty_query()
        return Query.const_score_query(Query.term_set_query(self._schema, field, list(values)), 0.0)


def _boolean(clauses: list[tuple[Occur, Query]]) -> Query:
    return Query.boolean_query(clauses)


def _all(queries: Iterable[Query]) -> Query:
    return _boolean([(Occur.Must, query) for query in queries])

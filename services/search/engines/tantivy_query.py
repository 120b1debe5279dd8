"""A plan in tantivy's terms. Queries are built from tokens; tantivy's query parser never sees a person's text."""

from __future__ import annotations

from collections.abc import Iterable

from tantivy import FieldType, Occur, Query, Schema

from services.search.suggest.keys import BEGINNING

from .plan import HIDDEN, Between, Group, Phrase, Plan
from .schema import EXACT_TITLE
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
        self._question = self._understood()

    def hits(self) -> Query:
        """What is found with all filters."""
        return self._filtered(but=None)

    def facet(self, name: str) -> Query:
        """What the counts of a facet count: everything found with the filters on the other facets."""
        return self._filtered(but=name)

    def _filtered(self, but: str | None) -> Query:
        plan = self._plan
        clauses = [(Occur.Must, self._question)]
        clauses += [
            (Occur.Must, self._any(facet, values)) for facet, values in plan.filters.items() if facet != but
        ]
        clauses += [
            (Occur.MustNot, self._any(facet, values)) for facet, values in plan.hidden.items() if facet != but
        ]
        return _boolean(clauses)

    def _understood(self) -> Query:
        """The question without filters."""
        plan = self._plan
        if plan.nothing:
            return Query.empty_query()
        clauses = [(Occur.Must, self._positive()), (Occur.MustNot, self._any(GONE, ("gone",)))]
        if plan.language:
            clauses.append((Occur.Must, self._any(LANGUAGE, (plan.language,))))
        clauses += [(Occur.Must, self._one_of(groups)) for groups in plan.required]
        clauses += [(Occur.Must, self._between(wanted)) for wanted in plan.ranges]
        clauses += [(Occur.MustNot, self._group(group)) for group in plan.excluded]
        return _boolean(clauses)

    def _positive(self) -> Query:
        plan = self._plan
        optional = [
            (Occur.Should, Query.boost_query(self._token(term.field, term.token), term.weight))
            for term in plan.terms
        ]
        if plan.title:
            title = Query.term_query(self._schema, TITLE, plan.title, index_option="basic")
            optional.append((Occur.Should, Query.const_score_query(title, EXACT_TITLE)))
        if plan.phrases:
            return _boolean([*((Occur.Must, self._phrase(phrase)) for phrase in plan.phrases), *optional])
        return Query.all_query() if plan.everything else _boolean(optional)

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

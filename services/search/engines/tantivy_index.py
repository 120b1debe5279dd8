"""One tantivy index on disk: its schema, how it is opened, and how a record becomes one of its documents."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tantivy import Document, Index, Query, Schema, SchemaBuilder, TextAnalyzerBuilder, Tokenizer

from messaging.contracts.search import FACETS, RANGES

from .schema import KEY_FIELDS, TOKEN_FIELDS, Record

_SPACED = "spaced"
# Fields of ours are marked, for "language" is also the name of a facet.
ID, LANGUAGE, TITLE, GONE, SUGGEST = "_id", "_language", "_title", "_gone", "_suggest"


def make_schema() -> Schema:
    """Token fields for matching, raw fields for filters and orders, and the document itself as bytes."""
    builder = SchemaBuilder()
    for name in TOKEN_FIELDS:
        builder.add_text_field(name, tokenizer_name=_SPACED)
    for name in (ID, LANGUAGE, TITLE, GONE, SUGGEST):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    for name in (*FACETS, *KEY_FIELDS):
        builder.add_text_field(name, fast=True, tokenizer_name="raw", index_option="basic")
    for name in ("version", "tie"):
        builder.add_unsigned_field(name, fast=True)
    for name in RANGES:
        builder.add_integer_field(number_field(name), fast=True)
    builder.add_bytes_field("source", stored=True)
    return builder.build()


def number_field(name: str) -> str:
    """Where the number lies that a range narrows."""
    return f"number_{name}"


def open_index(path: Path) -> Index:
    """The index in `path`, made if the directory holds none."""
    index = Index(make_schema(), path=str(path), reuse=True)
    # Tokenizers belong to the process, not to the files.
    index.register_tokenizer(_SPACED, TextAnalyzerBuilder(Tokenizer.whitespace()).build())
    # We reload after every commit; the default policy would watch the files from a thread as well.
    index.config_reader("manual")
    index.reload()
    return index


def sources(path: Path) -> Iterator[bytes]:
    """The source of every record of an index, of whatever schema."""
    searcher = Index.open(str(path)).searcher()
    if searcher.num_docs:
        for _, address in searcher.search(Query.all_query(), searcher.num_docs, count=False).hits:
            yield bytes(searcher.doc(address)["source"][0])


def to_document(record: Record) -> Document:
    """`record` in tantivy's terms."""
    document = Document()
    document.add_text(ID, record.id)
    document.add_unsigned("version", record.version)
    document.add_unsigned("tie", record.tie)
    document.add_bytes("source", record.source)
    if record.gone:
        document.add_text(GONE, "gone")
    for name, tokens in (*record.tokens.items(), *record.keys.items()):
        document.add_text(name, tokens)
    for name, number in record.numbers.items():
        document.add_integer(number_field(name), number)
    multiple = (
        (LANGUAGE, record.languages),
        (TITLE, record.titles),
        (SUGGEST, record.suggest),
        *record.facets.items(),
    )
    for name, values in multiple:
        for value in values:
            document.add_text(name, value)
    return document

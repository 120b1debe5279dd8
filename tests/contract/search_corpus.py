"""A small bilingual collection with known answers, and how tests ask it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from messaging.contracts.search import Search
from services.search import queries
from services.search.documents import Document
from services.search.engines.interface import Engine, Upsert

OPEN = ("open",)


def a_document(id: str, **changes: Any) -> Document:
    """A project with only what a test says of it."""
    values: dict[str, Any] = {
        "type": "project",
        "version": 1,
        "titles": {"en": f"Untitled {id}"},
        "time": "2026-01-01T00:00:00.000Z",
        **changes,
    }
    values["numbers"] = {"time": milliseconds(values["time"]), **values.get("numbers", {})}
    return Document(id=id, **values)


def milliseconds(moment: str) -> int:
    """A time as ranges have it."""
    return int(datetime.fromisoformat(moment).timestamp() * 1000)


def corpus() -> list[Document]:
    """Nine documents; every one is there for a question below."""
    return [
        a_document(
            "p1",
            titles={"zh": "生物医药创新药物研发平台", "en": "Biomedical drug discovery platform"},
            texts={"zh": "利用人工智能筛选候选药物。", "en": "Screening candidate drugs with machine learning."},
            time="2026-01-03T00:00:00.000Z",
            facets={
                "sector": ("biomedicine",),
                "country": ("CN",),
                "stage": ("pilot",),
                "seeking": ("funding", "partners"),
            },
        ),
        a_document(
            "p2",
            titles={"zh": "新能源电池材料"},
            texts={"zh": "固态电池的正极材料，面向新能源汽车。"},
            owner={"id": "att-9c0 org-88"},
            time="2026-01-02T00:00:00.000Z",
            facets={"sector": ("energy",), "country": ("CN",), "stage": ("idea",), "seeking": ("funding",)},
        ),
        a_document(
            "p3",
            titles={"en": "Learning machines that sort waste"},
            texts={"en": "Robots learn on a machine in the café to sort <b>plastic</b> & glass."},
            time="2026-01-04T00:00:00.000Z",
            facets={"sector": ("environment",), "country": ("AU",), "stage": ("pilot",)},
        ),
        a_document(
            "p4",
            titles={"zh": "醫療機器人", "en": "Surgical robot"},
            texts={"zh": "協助醫生進行微創手術的醫療機器人。", "en": "Assists surgeons in keyhole operations."},
            time="2026-01-04T00:00:00.000Z",
            facets={"sector": ("biomedicine",), "country": ("JP",), "stage": ("market",)},
        ),
        a_document(
            "v1",
            type="vacancy",
            titles={"en": "Battery engineer", "zh": "电池工程师"},
            texts={"en": "Solid state batteries.", "zh": "固态电池研发。"},
            also={"en": "Harbour Institute Sydney", "zh": "海港研究院 悉尼"},
            owner={"en": "Harbour Institute", "zh": "海港研究院", "id": "org-71ab"},
            numbers={"closes_at": milliseconds("2026-12-01T00:00:00Z"), "openings": 3},
            time="2026-02-01T00:00:00.000Z",
            facets={"sector": ("energy",), "country": ("AU",), "employment": ("full_time",), "status": OPEN},
        ),
        a_document(
            "v2",
            type="vacancy",
            titles={"en": "Battery technician"},
            texts={"en": "Test benches for batteries."},
            time="2026-02-02T00:00:00.000Z",
            facets={"sector": ("energy",), "country": ("CN",), "employment": ("contract",), "status": ("closed",)},
        ),
        a_document(
            "v3",
            type="vacancy",
            titles={"en": "IT", "zh": "信息技术专员"},
            time="2026-02-03T00:00:00.000Z",
            facets={"sector": ("software",), "country": ("CN",), "employment": ("full_time",), "status": OPEN},
        ),
        a_document(
            "s1",
            type="session",
            titles={"en": "Pitches from the Tokyo Bay Area", "zh": "东京湾区项目路演"},
            time="2026-12-18T01:00:00.000Z",
            facets={"kind": ("pitch",), "sub_venue_id": ("tokyo",), "status": ("scheduled",)},
        ),
        a_document(
            "s2",
            type="session",
            titles={"en": "Closing session", "zh": "闭幕"},
            time="2026-12-19T01:00:00.000Z",
            facets={"kind": ("talk",), "sub_venue_id": ("main",), "status": ("ended",)},
        ),
    ]


def filled(engine: Engine) -> Engine:
    """`engine` with the corpus in it."""
    engine.bulk(Upsert(document) for document in corpus())
    return engine


def ids(engine: Engine, q: str = "", **search: Any) -> list[str]:
    """The ids of the first page of an answer, in its order."""
    return [hit.id for hit in queries.search(Search(q=q, **search), engine).hits]


def counts(engine: Engine, facet: str, q: str = "", **search: Any) -> dict[str, int]:
    """The counts of one facet in an answer."""
    answer = queries.search(Search(q=q, facets=(facet,), **search), engine)  # type: ignore[arg-type]
    return {one.value: one.count for one in answer.facets[facet]}


def all_pages(engine: Engine, **search: Any) -> list[str]:
    """The ids of all pages of an answer, by following its cursors."""
    found: list[str] = []
    cursor: str | None = None
    for _ in range(100):
        answer = queries.search(Search(cursor=cursor, **search), engine)
        found += [hit.id for hit in answer.hits]
        cursor = answer.next
        if cursor is None:
            return found
    raise AssertionError("the cursors lead nowhere")

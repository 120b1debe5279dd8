"""A small convention for the fake API: eleven venues, one day, some projects and vacancies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

#: What must be shown as text wherever it comes from.
HOSTILE = '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'

EMPLOYER = {"zh": "一家生物医药企业", "en": "A biomedical enterprise"}
OPENING = datetime(2026, 12, 18, 1, 0, tzinfo=UTC)

_VENUES = """
guangzhou | 广州主会场 | Guangzhou main venue | 广州 | Guangzhou | CN | Asia/Shanghai | main
online | 线上直播 | Online broadcast | 广州 | Guangzhou | CN | Asia/Shanghai | online
bay | 旧金山湾区分会场 | San Francisco Bay Area | 旧金山 | San Francisco | US | America/Los_Angeles | overseas
tokyo | 东京湾区分会场 | Tokyo Bay Area sub-venue | 东京 | Tokyo | JP | Asia/Tokyo | overseas
sydney | 悉尼分会场 | Sydney sub-venue | 悉尼 | Sydney | AU | Australia/Sydney | synthetic
singapore | 新加坡分会场 | Singapore sub-venue | 新加坡 | Singapore | SG | Asia/Singapore | synthetic
dubai | 迪拜分会场 | Dubai sub-venue | 迪拜 | Dubai | AE | Asia/Dubai | synthetic
munich | 慕尼黑分会场 | Munich sub-venue | 慕尼黑 | Munich | DE | Europe/Berlin | synthetic
paris | 巴黎分会场 | Paris sub-venue | 巴黎 | Paris | FR | Europe/Paris | synthetic
london | 伦敦分会场 | London sub-venue | 伦敦 | London | GB | Europe/London | synthetic
toronto | 多伦多分会场 | Toronto sub-venue | 多伦多 | Toronto | CA | America/Toronto | synthetic
"""

_PROGRAMME = """
talk | 单细胞测序前沿：面向肿瘤早筛 | Frontiers of single-cell sequencing for early cancer screening
pitch | 项目路演：可穿戴心电监护仪 | Project pitch: wearable ECG monitors
signing | 签约：苏州与东京储能合作 | Signing: Suzhou and Tokyo cooperate in energy storage
unveiling | 揭牌：广州—悉尼海洋科技联合实验室 | Unveiling: joint marine laboratory of Guangzhou and Sydney
launch | 发布：面向智慧城市的数字孪生平台 | Launch: a digital twin platform for smart cities
"""


def venues() -> list[dict[str, Any]]:
    """`streaming.SubVenue`s."""
    return [_venue(*line.split(" | ")) for line in _VENUES.strip().splitlines()]


def _venue(
    id: str, zh: str, en: str, city_zh: str, city_en: str, country: str, time_zone: str, role: str
) -> dict[str, Any]:
    return {
        "id": id,
        "name": {"zh": zh, "en": en},
        "city": {"zh": city_zh, "en": city_en},
        "country": country,
        "time_zone": time_zone,
        "role": role if role != "synthetic" else "overseas",
        "synthetic": role == "synthetic",
        "version": 1,
    }


def sessions() -> dict[str, dict[str, Any]]:
    """`streaming.Session`s by id: five an hour apart in every venue, the first of them hostile in Dubai."""
    slots = [
        _session(venue, f"{venue['id']}-{slot}", kind, {"zh": zh, "en": en}, OPENING + timedelta(hours=slot))
        for venue in venues()
        for slot, line in enumerate(_PROGRAMME.strip().splitlines())
        for kind, zh, en in [line.split(" | ")]
    ]
    by_id = {session["id"]: session for session in slots}
    by_id["dubai-0"]["title"] = {"en": HOSTILE}
    return by_id


def _session(venue: dict[str, Any], id: str, kind: str, title: dict[str, str], start: datetime) -> dict[str, Any]:
    return {
        "id": id,
        "sub_venue_id": venue["id"],
        "kind": kind,
        "title": title,
        "abstract": {
            "zh": "来自海内外的研究者与机构就合作前景展开讨论，并现场回答提问。",
            "en": "Researchers and organisations from home and abroad discuss what comes next and take questions.",
        },
        "starts_at": start.isoformat().replace("+00:00", "Z"),
        "ends_at": (start + timedelta(minutes=45)).isoformat().replace("+00:00", "Z"),
        "time_zone": venue["time_zone"],
        "status": "scheduled",
        "live": False,
        "version": 1,
        "presenters": [],
        "started_at": None,
        "ended_at": None,
    }


_SUBJECTS = [
    ("biomedicine", "GB", "基于单细胞测序的肿瘤早筛平台", "Early cancer screening by single-cell sequencing"),
    ("biomedicine", "US", "生物医药中试工艺包", "Biomedical pilot process packages"),
    ("energy-storage", "JP", "全钒液流电池储能系统", "Vanadium flow batteries for grid storage"),
    ("marine", "AU", "深海养殖环境监测", "Monitoring of offshore aquaculture"),
    ("robotics", "DE", "柔性装配机器人", "Robots for flexible assembly"),
]
_STAGES = ("idea", "prototype", "pilot", "market", "scaling")


def documents() -> list[dict[str, Any]]:
    """What the fake search holds: forty projects, thirty vacancies, one of them hostile in title and text."""
    found = []
    for position in range(70):
        sector, country, zh, en = _SUBJECTS[position % len(_SUBJECTS)]
        kind = "project" if position < 40 else "vacancy"
        found.append(
            {
                "id": f"{kind}-{position}",
                "type": kind,
                "titles": {"zh": f"{zh}（{position + 1}）", "en": f"{en} ({position + 1})"},
                "text": {
                    "zh": f"团队由海外归国研究者组成，开展{zh}的研发，希望在广州对接产业合作伙伴与试点场景。",
                    "en": f"A team of researchers works on: {en.lower()}. It looks for partners and pilot sites.",
                },
                "sector": sector,
                "country": country,
                **_particulars(kind, position),
            }
        )
    found[3]["titles"] = {"en": f"Hostile {HOSTILE}"}
    found[3]["text"] = {"en": f"Hostile words: {HOSTILE}"}
    return found


def _particulars(kind: str, position: int) -> dict[str, Any]:
    if kind == "project":
        return {"stage": _STAGES[position % 5], "mode": "online"}
    return {
        "organisation_name": EMPLOYER,
        "employment": "full_time",
        "openings": "unlimited" if position % 3 == 0 else position % 7 + 1,
    }

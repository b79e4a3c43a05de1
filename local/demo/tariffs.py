"""The demonstration shop's tariffs: a freight template with a surcharge where it is far, standard delivery everywhere and the
next day in Shanghai.

A shop that has tariffs is left as it is.
"""

from typing import Any

from chalicelib.processes.merchandising.tariffs.shapes import ServiceBody, TemplateBody
from chalicelib.records.tariffs import service as tariffs
from chalicelib.records.tariffs.rules import SERVICES, TEMPLATES
from chalicelib.runtime.caller import worker
from chalicelib.runtime.work import Work

FAR = ["54", "63", "65", "15"]  # Tibet, Qinghai, Xinjiang, Inner Mongolia
NOWHERE = ["71", "81", "82"]
SHANGHAI = "31"


def fill() -> int:
    """Publish the tariffs of a shop that never had any. Answers how many."""
    if tariffs.book().version:
        return 0
    found = documents()
    for sort, document in found:
        publish(sort, document)
    return len(found)


def documents() -> list[tuple[str, dict[str, Any]]]:
    """What is published, by its sort."""
    near = {"first_fen": 800, "first": 3, "step": 3, "step_fen": 200}
    far = {"areas": FAR, "first_fen": 1200, "first": 3, "step": 3, "step_fen": 600, "surcharge_fen": 800}
    template = {
        "name": {"zh": "全国快递", "en": "Parcels, whole country"},
        "default": True,
        "zones": [near, far],
        "free_from_fen": 9900,
        "not_delivered": NOWHERE,
    }
    standard = {"name": {"zh": "标准快递", "en": "Standard delivery"}, "days": 3}
    slow = {"name": {"zh": "标准快递（偏远地区）", "en": "Standard delivery, far away"}, "days": 7, "areas": FAR}
    next_day = {
        "name": {"zh": "次日达（上海）", "en": "Next day in Shanghai"},
        "service": "next_day",
        "areas": [SHANGHAI],
        "carrier": "sf",
        "cutoff": "18:00",
        "days": 1,
        "fee_fen": 300,
    }
    return [
        (TEMPLATES, TemplateBody.model_validate(template).document()),
        *((SERVICES, ServiceBody.model_validate(one).document()) for one in (standard, slow, next_day)),
    ]


def publish(sort: str, document: dict[str, Any]) -> None:
    name = _done(lambda work: tariffs.draft(sort, document, work))
    _done(lambda work: tariffs.publish(sort, name, 1, work))


def _done(use_case: Any) -> Any:
    work = Work(worker("demo"), "demo", seconds=30)
    told = use_case(work)
    work.commit()
    return told

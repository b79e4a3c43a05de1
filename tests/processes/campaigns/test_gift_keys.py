"""Under which key a gift is given: one of its person, occasion and step."""

from __future__ import annotations

from chalicelib.processes.campaigns.service.walking import gift_key
from chalicelib.records.journeys.rules import place
from chalicelib.records.journeys.service import Enrolment


def key(person: str = "U1", journey: str = "pack", occasion: str = "1", step: int = 0) -> str:
    return gift_key(Enrolment(person, place(journey, occasion), step=step))


def test_each_person_journey_occasion_and_step_gives_once_and_no_other_in_its_place():
    keys = [key(), key(person="U2"), key(journey="other"), key(occasion="2"), key(step=1)]
    assert len(set(keys)) == len(keys)
    assert key() == key()
    assert {(len(one), one[0]) for one in keys} == {(27, "J")}

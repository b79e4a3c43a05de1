"""When a birthday is, in every year."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from chalicelib.records.identity.accounts.rules import BirthdayWrong, born_on, celebrated, next_celebrated


@pytest.mark.parametrize("text", ["02-30", "13-01", "00-10", "04-31", "01-00", "5-20", ""])
def test_a_day_that_there_is_not_is_refused(text):
    with pytest.raises(BirthdayWrong):
        born_on(text)


def test_a_birthday_is_written_as_it_is_read():
    assert [born_on(text).text for text in ("02-29", "12-01")] == ["02-29", "12-01"]


@pytest.mark.parametrize(
    ("year", "day"), [(2025, (2, 28)), (2026, (2, 28)), (2028, (2, 29)), (2100, (2, 28)), (2000, (2, 29))]
)
def test_y023_who_was_born_on_29_february_has_one_birthday_a_year(year, day):
    """Y023: on the 28th where there is no 29th, on the 29th alone where there is."""
    assert celebrated(born_on("02-29"), year) == date(year, *day)
    assert celebrated(born_on("02-28"), year) == date(year, 2, 28)


def test_y025_a_birthday_goes_by_the_calendar_and_drifts_by_no_day():
    """Y025."""
    day, found = date(2026, 1, 1), []
    for _ in range(10):
        day = next_celebrated(born_on("03-01"), day)
        found.append(day)
        day += timedelta(days=1)
    assert found == [date(2026 + n, 3, 1) for n in range(10)]


def test_a_birthday_of_today_is_the_next():
    assert next_celebrated(born_on("05-20"), date(2026, 5, 20)) == date(2026, 5, 20)
    assert next_celebrated(born_on("05-20"), date(2026, 5, 21)) == date(2027, 5, 20)
    assert next_celebrated(born_on("02-29"), date(2027, 3, 1)) == date(2028, 2, 29)

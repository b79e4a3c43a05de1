"""A refusal is what its class says: its code follows from the name, its parameters are its fields."""

from __future__ import annotations

import pytest

from chalicelib.kernel.errors import CATALOGUE, AboutSums, CommitRejected, Conflict, Invalid, TooMany


class KettleStillCold(Conflict):
    """The kettle is not hot yet."""

    degrees: int
    colour: str | None = None
    spoken = {"red": "红"}
    zh, en = "水温 {degrees}", "only {degrees} degrees"


class KettleStillColder(KettleStillCold):
    seconds: int
    zh, en = "再等 {seconds} 秒", "wait {seconds} seconds"


class TeaDear(AboutSums, Conflict):
    price: int
    zh, en = "茶价 {price}", "tea is {price}"


class TeaSteeping(TooMany):
    seconds: int
    zh, en = "{seconds}", "{seconds}"


class TeaTooMuch(TooMany):
    zh, en = "多", "too much"


class CupMissing(Invalid):
    colour: str
    spoken = {"red": "红"}
    zh, en = "没有{colour}杯", "no {colour} cup"


def test_a_code_follows_from_the_name_and_finds_its_class():
    assert KettleStillCold(degrees=3).code == KettleStillCold.code == "KETTLE_STILL_COLD"
    assert CATALOGUE["KETTLE_STILL_COLD"] is KettleStillCold
    assert Conflict.code == ""


def test_two_refusals_of_one_name_are_refused():
    with pytest.raises(TypeError, match="two refusals are called CupMissing"):
        type("CupMissing", (Conflict,), {"zh": "", "en": "", "__module__": "elsewhere"})
    assert CATALOGUE["CUP_MISSING"] is CupMissing


def test_parameters_are_fields_and_those_that_are_not_told_are_left_out():
    cold = KettleStillCold(degrees=40)
    assert (cold.degrees, cold.colour, cold.params) == (40, None, {"degrees": 40})
    assert KettleStillCold(degrees=40, colour="red").params == {"degrees": 40, "colour": "red"}
    assert KettleStillColder(degrees=1, seconds=9).params == {"degrees": 1, "seconds": 9}
    assert (str(cold), str(TeaTooMuch())) == ("KETTLE_STILL_COLD {'degrees': 40}", "TEA_TOO_MUCH")


def test_what_a_caller_adds_is_told_beside_them():
    cold = KettleStillCold(degrees=40)
    cold.beside |= {"next": "wait"}
    assert cold.params == {"degrees": 40, "next": "wait"}
    assert KettleStillCold(degrees=40).params == {"degrees": 40}


@pytest.mark.parametrize("wrong", [{}, {"colour": "red"}, {"degrees": 1, "heat": 2}, {"degress": 1}])
def test_a_parameter_that_is_missing_or_unknown_is_refused_at_once(wrong):
    with pytest.raises(TypeError, match="KettleStillCold takes degrees, colour"):
        KettleStillCold(**wrong)
    with pytest.raises(TypeError, match="TeaTooMuch takes nothing"):
        TeaTooMuch(**wrong, pot=1)


def test_a_refusal_says_how_long_to_wait():
    assert (TeaSteeping(seconds=7).wait, TeaTooMuch().wait, KettleStillCold(degrees=1).wait) == (7, 60, None)
    assert KettleStillColder(degrees=1, seconds=9).wait == 9


def test_a_chinese_sentence_speaks_of_a_parameter_in_its_own_words():
    assert (CupMissing(colour="red").message("zh"), CupMissing(colour="red").message("en")) == (
        "没有红杯",
        "no red cup",
    )
    assert CupMissing(colour="blue").message("zh") == "没有blue杯"


def test_refused_tells_whether_all_or_some_reasons_are_of_a_kind():
    refused = CommitRejected([TeaTooMuch(), CupMissing(colour="red")])
    assert (refused.only(TeaTooMuch), refused.only(TeaTooMuch, CupMissing), refused.only(Conflict)) == (
        False,
        True,
        False,
    )
    assert (refused.some(CupMissing), refused.some(Conflict, TooMany), refused.some(Conflict)) == (True, True, False)


def test_amounts_are_told_in_fen_and_said_as_sums():
    dear = TeaDear(price=805)
    assert (dear.params, dear.message("zh"), dear.message("en")) == ({"price": 805}, "茶价 ¥8.05", "tea is ¥8.05")

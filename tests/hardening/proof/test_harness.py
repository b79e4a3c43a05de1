"""The harness tests itself before it judges the shop: a sound toy passes, a careless one does not, and nothing is vacuous."""

from __future__ import annotations

import json
from datetime import timedelta
from importlib.machinery import SourceFileLoader

import pytest

from tests.hardening.proof import __main__ as runner
from tests.hardening.proof import mutants
from tests.hardening.proof.__main__ import replay
from tests.hardening.proof.crash import ALWAYS, WORLDS, enumerate_faults
from tests.hardening.proof.explore import crash_and_explore, explore
from tests.hardening.proof.faults import MODES, Injector
from tests.hardening.proof.hook import HOOK, Call, Killed, Reply
from tests.hardening.proof.scenario import Scenario, Step, deliver
from tests.hardening.proof.scenarios import all_scenarios, core, toy

SOUND, CARELESS = toy.scenarios(toy.Sound()), toy.scenarios(toy.Careless(), "careless")
RACES = [(scenario, race) for scenario in (*SOUND, *CARELESS) for race in scenario.races]


@pytest.mark.parametrize("scenario", SOUND, ids=lambda one: one.name)
def test_a_sound_shop_survives_every_fault_at_every_call(scenario):
    found = enumerate_faults(scenario)
    assert found.runs > 40
    assert not found.violations
    assert found.seen == found.sites


@pytest.mark.parametrize("scenario", CARELESS, ids=lambda one: one.name)
def test_a_careless_shop_is_found_out(scenario):
    assert not enumerate_faults(scenario, modes=()).violations
    assert enumerate_faults(scenario).violations


@pytest.mark.parametrize(("names", "race"), [(["a", "a"], ["a"]), (["a", "b"], ["a", "c"])])
def test_a_workflow_that_races_what_is_not_there_or_names_two_steps_alike_is_no_workflow(names, race):
    steps = [Step(name, lambda stage: None) for name in names]
    with pytest.raises(ValueError, match="wrong"):
        Scenario("wrong", lambda: None, steps, lambda stage, final: [], races=[race], reaches=lambda stage: [])


def _silent(name, job):
    raise StopIteration


def test_every_part_of_a_proof_is_heard_of(monkeypatch):
    """A part that ends the run without a word, as StopIteration ends a loop, is named."""
    monkeypatch.setattr(runner, "_job", _silent)
    report = runner.prove(runner.SLICES["quick"], "quick", "toy.pay")
    assert report.short_of == ["scenario toy.pay was never heard of again"]
    assert not report.good


def test_a_share_of_the_faults_leaves_out_no_death_and_no_lost_answer():
    whole, part = enumerate_faults(SOUND[0], ["lapsed"]), enumerate_faults(SOUND[0], ["lapsed"], share=1_000_000)
    always = enumerate_faults(SOUND[0], ["lapsed"], ALWAYS)
    assert always.runs == part.runs < whole.runs
    assert part.sites == whole.sites


def test_a_careless_shop_is_found_out_by_races_alone():
    found = [explore(scenario, race, "lapsed").violations for scenario, race in RACES if scenario in CARELESS]
    assert sum(map(bool, found)) >= 3


@pytest.mark.parametrize(
    ("scenario", "race"), RACES, ids=[f"{one.name} {number}" for number, (one, _) in enumerate(RACES)]
)
@pytest.mark.parametrize("world", WORLDS)
def test_leaving_out_equal_schedules_loses_no_final_state(scenario, race, world):
    full = explore(scenario, race, world, reduce=False, keep_finals=True)
    reduced = explore(scenario, race, world, keep_finals=True)
    assert reduced.finals == full.finals
    assert reduced.runs <= full.runs
    assert bool(reduced.violations) == bool(full.violations)


def test_the_product_too_reaches_the_same_final_states_when_equal_schedules_are_left_out():
    scenario = next(one for one in all_scenarios() if one.name == "trade.pay")
    for race in (["notice a 1", "cancel a"], ["notice a 1", "notice a 1"]):
        full = explore(scenario, race, reduce=False, keep_finals=True)
        reduced = explore(scenario, race, keep_finals=True)
        assert reduced.finals == full.finals
        assert len(full.finals) > 1


def test_a_handler_that_dies_within_a_race_harms_nobody():
    found = crash_and_explore(SOUND[1], SOUND[1].races[0], "lapsed")
    assert found.points > 10
    assert not found.violations


def test_what_a_report_names_can_be_run_again():
    found = enumerate_faults(core.SCENARIOS[0], ["lapsed"])
    assert not found.violations
    assert replay("crash:core.work:move 1:kill-after:0:lapsed") == []
    assert replay("explore:core.work:move 1|move 1:01:lapsed:") == []
    assert replay("explore:core.work:move 1|move 2:01:remembered:0.0.kill-after") == []


def test_two_runs_make_the_same_calls():
    def trace() -> list[str]:
        stage, seen = core.build(), []
        with (
            stage.standing() as hook,
            hook.held(lambda call, effect: (seen.append(json.dumps(call.body)), effect())[1]),
        ):
            for step in core.SCENARIOS[1].steps:
                deliver(stage, step)
        return seen

    assert trace() == trace()


def test_after_death_nothing_is_written_any_more():
    injector, effects = Injector(0, "kill-after"), []
    with pytest.raises(Killed):
        injector(Call("dynamodb", "PutItem", {}), lambda: effects.append(1) or Reply(200, {}))
    with pytest.raises(Killed):
        injector(Call("dynamodb", "PutItem", {}), lambda: effects.append(2) or Reply(200, {}))
    assert effects == [1]


def test_every_fault_mode_strikes_somewhere():
    struck = {key.split(":")[3] for scenario in CARELESS for key in enumerate_faults(scenario).violations}
    assert {"kill-before", "kill-after", "lost-response"} <= struck
    assert set(MODES) >= struck


def test_missed_ticks_lose_nothing_that_was_due():
    shop = core.build()
    with shop.standing():
        shop.sweep()
        deliver(shop, core.SCENARIOS[0].steps[0])
        shop.relay()
        for minutes in (1, 45, 1):
            shop.advance(minutes=minutes)
            shop.sweep()
        assert shop.next_due() is None
        assert "order.pay_due" in {entry["DetailType"] for entry in shop.cloud.bus}


def test_a_long_backlog_is_worked_off_even_when_each_sweep_is_cut_short():
    shop = core.build()
    with shop.standing():
        shop.sweep()
        deliver(shop, core.SCENARIOS[0].steps[0])
        shop.relay()
        shop.at += timedelta(hours=5)
        for _ in range(12):
            injector = Injector(60, "kill-before")
            with HOOK.held(injector):
                deliver(shop, core.Step("sweep", lambda stage: stage.sweep()))
        assert shop.next_due() is None


def test_every_seeded_bug_still_fits_the_code():
    assert mutants.rotten(mutants.bugs()) == []
    names = [bug.name for bug in mutants.bugs()]
    assert len(set(names)) == len(names) >= 100


def test_a_seeded_bug_is_noticed_and_a_harmless_change_is_not(monkeypatch):
    bugs = {bug.name: bug for bug in mutants.bugs()}
    chosen = [bugs["toy-oversell"], bugs["core-relay-forgets-later"]]
    assert [one.caught for one in mutants.hunt(chosen)] == [True, True]
    monkeypatch.setattr(SourceFileLoader, "get_code", SourceFileLoader.get_code)  # given back after planting here
    assert mutants.notice(bugs["toy-oversell"]._replace(now=bugs["toy-oversell"].was), seconds=3) == ""


def test_a_sweep_whose_time_is_up_leaves_the_rest_to_the_next(monkeypatch):
    monkeypatch.setenv("SWEEP_SECONDS", "0")  # each walks one minute
    shop = core.build()
    with shop.standing():
        shop.sweep()
        deliver(shop, core.SCENARIOS[0].steps[0])
        shop.relay()
        shop.at += timedelta(minutes=40)
        swept = 0
        while shop.next_due() is not None and swept < 300:
            shop.sweep()
            swept += 1
        assert 20 < swept < 300
        assert "order.pay_due" in {entry["DetailType"] for entry in shop.cloud.bus}

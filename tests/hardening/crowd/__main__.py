"""A crowd, `python -m tests.hardening.crowd --people 100000`; and a day of the rule at one to a hundred, `--rule`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.hardening.crowd.audit import audit, deliveries, outcomes
from tests.hardening.crowd.people import FIRST, SPREAD, START, Crowd
from tests.hardening.crowd.playing import Turmoil
from tests.hardening.crowd.rule import replay

MOST = {"write_units_a_day": 700_000, "read_units_a_day": 200_000, "reads_of_an_empty_tick": 64, "scans": 0}
END = timedelta(days=1, hours=2)  # the next afternoon: what was held over night has gone out


def run(
    count: int,
    seed: int = 1,
    first: timedelta = FIRST,
    spread: timedelta = SPREAD,
    say: Callable[[str], None] = lambda words: None,
    change: Callable[[Crowd], None] = lambda shop: None,
    **chances: float,
) -> tuple[list[str], dict[str, Any]]:
    """What was wrong, and the figures."""
    began = time.process_time()
    shop = Crowd(count, seed, first, spread)
    change(shop)
    say(f"{count} people after {time.process_time() - began:.0f} s of this process")
    turmoil = Turmoil(shop, **chances)
    with shop.standing():
        invited = shop.random.sample(shop.people, count // 10)
        turmoil.invite(invited)
        turmoil.play(START + END)
        wrong = audit(shop, turmoil, asked=frozenset(one.id for one in invited))
        told = {"outcomes": dict(outcomes(shop)), "delivered": len(deliveries(shop))}
        say(f"played and audited after {time.process_time() - began:.0f} s")
        turmoil.jobs += turmoil.past
        turmoil.swept = START
        turmoil.play(shop.at + timedelta(minutes=20), surprises=False)
        again = {"outcomes": dict(outcomes(shop)), "delivered": len(deliveries(shop))}
        if again != told:
            wrong.append(f"run again, it came to {again}, not {told}")
        if turmoil.told["Scan"]:
            wrong.append(f"{turmoil.told['Scan']} scans")
    changed = dict(Counter(how for how, _ in turmoil.left.values()))
    seconds = round(time.process_time() - began)
    return wrong, {"people": count, "seconds": seconds, **told, "changed_their_mind": changed, **turmoil.told}


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--people", type=int, default=100_000)
    reader.add_argument("--seed", type=int, default=1)
    reader.add_argument("--rule", action="store_true")
    asked = reader.parse_args()
    if asked.rule:
        told = replay()
        wrong = [f"{name}: {told[name]} > {most}" for name, most in MOST.items() if told[name] > most]
    else:
        wrong, told = run(asked.people, asked.seed, say=_say)
    _say("\n".join([json.dumps(told), *wrong[:20], f"{len(wrong)} wrong"]))
    return int(bool(wrong))


if __name__ == "__main__":
    raise SystemExit(main())

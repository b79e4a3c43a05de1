from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

import simulator
from tests.simulator.shop import AlipayShop, Listener, UnionPayShop, WeChatShop


@pytest.fixture(scope="session")
def key_ring(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Keys made once for all tests: making them is the slow part of a first start."""
    state = tmp_path_factory.mktemp("keys")
    simulator.start(state, notify=False).stop()
    return state / "keys.json"


@pytest.fixture
def state(tmp_path: Path, key_ring: Path) -> Path:
    shutil.copy(key_ring, tmp_path / "keys.json")
    return tmp_path


@pytest.fixture
def sim(state: Path) -> Iterator[simulator.Simulator]:
    running = simulator.start(state, speedup=600, seed=7)
    yield running
    running.stop()


@pytest.fixture
def still(state: Path) -> Iterator[simulator.Simulator]:
    """A simulator that sends notices only when told to."""
    running = simulator.start(state, speedup=600, seed=7, notify=False)
    yield running
    running.stop()


@pytest.fixture
def listener() -> Iterator[Listener]:
    listening = Listener()
    yield listening
    listening.stop()


@pytest.fixture
def wechat(sim: simulator.Simulator) -> WeChatShop:
    return WeChatShop(sim.merchant["wechat"])


@pytest.fixture
def alipay(sim: simulator.Simulator) -> AlipayShop:
    return AlipayShop(sim.merchant["alipay"])


@pytest.fixture
def unionpay(sim: simulator.Simulator) -> UnionPayShop:
    return UnionPayShop(sim.merchant["unionpay"])

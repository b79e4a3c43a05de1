"""The carriers' other sides: what a contract suite and the shop's tests speak to."""

from tests.fakes.carriers.city import FakeCity
from tests.fakes.carriers.jd import FakeJd
from tests.fakes.carriers.kuaidi100 import FakeKuaidi100
from tests.fakes.carriers.sf import FakeSf

FAKES = {"sf": FakeSf, "jd": FakeJd, "kuaidi100": FakeKuaidi100, "city": FakeCity}

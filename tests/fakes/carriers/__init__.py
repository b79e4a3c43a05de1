"""The carriers' other sides: what a contract suite and the shop's tests speak to."""

from tests.fakes.carriers.jd import JdDesk
from tests.fakes.carriers.kuaidi100 import Kuaidi100Desk
from tests.fakes.carriers.sf import SfDesk

DESKS = {"sf": SfDesk, "jd": JdDesk, "kuaidi100": Kuaidi100Desk}

"""The shop on one side of a street, the payment simulator on the other, and one clock between them."""

import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import urllib3

import simulator
from chalicelib.processes.refunding.service.ask_refund import ask_refund, decide_refund
from chalicelib.processes.refunding.shapes import AskRefund, DecideRefund
from chalicelib.records.payments.providers import METHODS
from chalicelib.records.payments.service import calls
from chalicelib.records.payments.service.certificates import renew_all
from chalicelib.runtime import settings
from chalicelib.runtime.caller import Caller
from chalicelib.runtime.outside import PooledHttp
from tests.support.doors import asked_view, settled
from tests.support.world import secrets

SUPPORT, FINANCE = Caller("E1", "support"), Caller("E2", "finance", fresh=True)
FIRST = [("wechat", "native"), ("alipay", "page"), ("unionpay", "gateway")]


@pytest.fixture(scope="session")
def made_keys(tmp_path_factory):
    state = tmp_path_factory.mktemp("simulator-keys")
    simulator.start(state, notify=False).stop()
    return state / "keys.json"


@pytest.fixture
def door(counter):
    """Our front door on a socket, so that the simulator's notices reach it."""

    class Door(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            answer = counter.request("POST", self.path, headers=dict(self.headers.items()), body=body)
            self.send_response(answer.status_code)
            self.send_header("Content-Type", answer.headers.get("Content-Type", "text/plain"))
            self.send_header("Content-Length", str(len(answer.body)))
            self.end_headers()
            self.wfile.write(answer.body)

        def log_message(self, *_args):
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join(10)
    server.server_close()


def give_back(shop, payment):
    """All of a payment is asked back, and finance agrees; answers the refund's number."""
    refund = settled(
        ask_refund, AskRefund(order_id=payment.order_id, reason="broken"), work=shop.work(SUPPORT), view=asked_view
    )
    settled(decide_refund, refund.id, DecideRefund(approved=True), work=shop.work(FINANCE), view=asked_view)
    shop.bus.run()
    return refund.id


class Street:
    """The shop on one side, the simulator on the other."""

    def __init__(self, shop, sim):
        self.shop, self.sim = shop, sim
        shop.fakes = {}  # the simulator stands where they stood
        self.web = urllib3.PoolManager(retries=urllib3.Retry(3, redirect=5))

    def start(self, order_id, provider, product, **more):
        answer = self.shop.start(
            order_id,
            provider,
            product,
            payer="o-payer-1" if "payer" in METHODS[provider, product].needs else None,
            **more,
        )
        return answer

    def browse(self, given):
        """What the buyer's terminal does with what it was handed; answers how the simulator knows the payment."""
        if given.kind == "form":
            page = self.web.request("POST", given.url, fields=dict(given.fields), encode_multipart=False)
            assert page.status == 200
        elif given.kind == "redirect":
            assert self.web.request("GET", given.url).status == 200
        elif given.kind == "client":
            fields = dict(given.fields)
            return (
                fields
                if "order_string" in fields or "tn" in fields
                else {}
                if "tradeNO" in fields
                else {"params": fields}
            )
        return {}

    def pay(self, payment, **how):
        asked = self.browse(payment.next_action)
        self.sim.pay(**(asked if asked else {"provider": payment.provider, "number": payment.id}), **how)

    def tell(self):
        """Deliver the notices that are due; then let our workers work."""
        sent = self.sim.deliver()
        self.shop.bus.run()
        return sent

    def paid(self, provider, product):
        """A payment that has paid its order."""
        payment = self.start(self.shop.order(), provider, product)
        self.pay(payment)
        self.tell()
        assert self.shop.order_row(payment.order_id).state == "paid"
        return payment

    def give_back(self, payment):
        return give_back(self.shop, payment)

    def gone(self):
        """What the providers really gave back."""
        return [refund["amount"] for refund in self.sim.book()["refunds"]]

    def finish(self, minutes=6):
        for _ in range(minutes):
            self.shop.later(minutes=1)
            self.tell()


@pytest.fixture
def modes():
    """Public keys, unless a test asks for certificates."""
    return {}


@pytest.fixture
def street(shop, door, modes, made_keys, tmp_path, monkeypatch):
    shutil.copy(made_keys, tmp_path / "keys.json")
    sim = simulator.start(tmp_path, notify=False, seed=7, wall=lambda: shop.clock.now().timestamp(), **modes)
    monkeypatch.setenv("PUBLIC_URL", door)
    settings.use_secrets({**secrets(), **{f"payments/{name}": doc for name, doc in sim.merchant.items()}})
    calls.use_http(PooledHttp())
    renew_all(shop.work())  # what the schedule has done before anybody pays
    yield Street(shop, sim)
    sim.stop()

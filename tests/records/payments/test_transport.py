"""The way to the providers: only so much is read, and a deployed shop speaks to nobody unencrypted."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from chalicelib.kernel.clock import SystemClock
from chalicelib.records.payments.providers import ADAPTERS
from chalicelib.records.payments.providers.port import AuthConfig, NoAnswer
from chalicelib.records.payments.service.health import Health
from chalicelib.runtime import outside
from chalicelib.runtime.outside import PooledHttp
from tests.fakes.payments import FAKES
from tests.support.world import START

ADDRESSES = [("wechat", "base_url"), ("alipay", "gateway"), ("unionpay", "base_url"), ("unionpay", "file_url")]


class Host(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        body = b"x" * int(self.path.strip("/"))
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def host() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Host)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_answer_is_read_up_to_the_largest_statement_and_no_further(host, monkeypatch):
    monkeypatch.setattr(outside, "LARGEST", 1000)
    http = PooledHttp()
    for size in (0, 1000, 1001, 1000):
        if size > 1000:
            with pytest.raises(NoAnswer, match="TooLarge"):
                http.request("GET", f"{host}/{size}", {}, b"")
        else:
            assert len(http.request("GET", f"{host}/{size}", {}, b"")[2]) == size
    http._pool.clear()


@pytest.mark.parametrize(("name", "address"), ADDRESSES)
def test_a_deployed_shop_speaks_to_no_provider_unencrypted(name, address, monkeypatch):
    fake = FAKES[name]()
    safe = {
        key: text.replace("http://", "https://") if isinstance(text, str) else text for key, text in fake.config.items()
    }
    plain = safe | {address: "http://provider.example"}
    make = lambda config: ADAPTERS[name](config, fake, SystemClock(), lambda: "nonce")
    assert make(plain)
    monkeypatch.setenv("JISHI_STAGE", "prod")
    assert make(safe)
    with pytest.raises(AuthConfig, match="PLAIN_HTTP"):
        make(plain)


class HeardMeanwhile(dict[str, int]):
    """Silences that another thread's answer takes away as soon as they are noted."""

    def __setitem__(self, provider: str, silences: int) -> None:
        self.pop(provider, None)


def test_a_silence_is_noted_although_the_provider_answers_somebody_else_just_then():
    health = Health(silences=HeardMeanwhile())
    health.failed("wechat", START)
    assert health.allows("wechat", START)

"""Certificates that providers sign with: whose count, and each way in which one that came over the wire is refused."""

import base64
import json
from datetime import timedelta

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from chalicelib.kernel.clock import ManualClock
from chalicelib.records.payments.providers import ADAPTERS
from chalicelib.records.payments.providers.alipay.signing import certificate_sn
from chalicelib.records.payments.providers.certificates import counts
from chalicelib.records.payments.providers.port import (
    ProtocolViolation,
    ProviderError,
    RawNotify,
    SignatureInvalid,
    UnknownSigner,
)
from chalicelib.records.payments.providers.wechat import signing as wechat_sign
from chalicelib.records.payments.providers.wechat.signing import serial_of
from chalicelib.records.payments.providers.wire import issued
from tests.fakes.payments import NOW, FakeAlipay, FakeUnionPay, FakeWeChat
from tests.fakes.payments.common import Trade, certificate, fresh_key
from tests.fakes.payments.wechat import API_KEY

from .test_contract import NUMBER, Shop, ref
from .test_vectors import vector

NEW, OTHER = fresh_key("new signer"), fresh_key("other signer")


class Kept:
    """A keyring with these certificates, and those that come when one looks again."""

    def __init__(self, *pems, later=(), name=certificate_sn):
        self.pems, self.later, self.name = list(pems), list(later), name

    def find(self, serial):
        return next((pem for pem in (*self.pems, *self.later) if self.name(pem) == serial), None)

    def held(self):
        return self.pems

    def newer(self):
        return self.later


def adapter(fake, fetched, **changed):
    return ADAPTERS[fake.name]({**fake.config, **changed}, fake, ManualClock(NOW), fake.nonce, fetched)


# ---- WeChat Pay -----------------------------------------------------------------------------------------------------
class Handed(FakeWeChat):
    """A counter that proves itself by certificates: `listed` are handed out, `signs` is who signs (key, serial)."""

    def __init__(self, *listed, signs=None):
        super().__init__()
        self.listed, self.key, self.sealed_with = listed, NEW, API_KEY
        self.serial = serial_of(listed[-1]) if listed else "5A"
        if signs is not None:
            self.key, self.serial = signs
        self.config |= {"public_key_id": "", "platform_keys": {}}
        self.serials = {}

    def answer(self, method, url, headers, body):
        assert "Wechatpay-Serial" not in headers
        told = json.dumps({"data": [self.entry(pem) for pem in self.listed]}).encode()
        return 200, self.signed_headers(told, key=self.key, serial=self.serial), told

    def entry(self, pem):
        sealed = AESGCM(self.sealed_with.encode()).encrypt(b"abcdefghijkl", pem.encode(), b"certificate")
        return {
            "serial_no": self.serials.get(pem) or serial_or_none(pem),
            "encrypt_certificate": {
                "algorithm": "AEAD_AES_256_GCM",
                "nonce": "abcdefghijkl",
                "associated_data": "certificate",
                "ciphertext": base64.b64encode(sealed).decode(),
            },
        }


def serial_or_none(pem):
    return serial_of(pem) if "BEGIN" in pem else "5A"


def platform(key=NEW, days=(-1, 365)):
    return certificate("platform", key, days=days)


def test_wechat_s_first_answer_proves_itself_by_what_the_contract_s_key_opens():
    old, new = platform(OTHER), platform()
    found = adapter(Handed(old, new), Kept()).certificates()
    assert [(one.serial, one.pem) for one in found] == [(serial_of(pem), pem) for pem in (old, new)]
    assert (found[0].begins, found[0].ends) == (NOW - timedelta(days=1), NOW + timedelta(days=365))


def test_the_published_list_of_certificates_opens():
    given, wanted = vector("wechat-go-certificates")
    (found,) = wechat_sign.opened_certificates(given["aes_utf8"], json.loads(given["body"]))
    assert found.pem.split() == wanted["certificate"].split()


def test_a_shop_with_wechat_s_public_key_fetches_nothing():
    fake = FakeWeChat()
    assert adapter(fake, Kept()).certificates() is None
    assert fake.seen == []


def stranger_signs(fake):
    fake.key, fake.serial = OTHER, serial_of(platform(OTHER))


def another_key_under_its_name(fake):
    fake.key = OTHER


def ended_one_signs(fake):
    fake.listed = (platform(days=(-9, -1)),)
    fake.serial = serial_of(fake.listed[0])


def one_of_tomorrow_signs(fake):
    fake.listed = (platform(days=(1, 9)),)
    fake.serial = serial_of(fake.listed[0])


def sealed_with_another_key(fake):
    fake.sealed_with = API_KEY[::-1]


def another_serial(fake):
    fake.serials, fake.serial = {fake.listed[0]: "5A5A5A"}, "5A5A5A"


def no_certificate(fake):
    fake.listed = ("not a certificate",)


def of_another_kind(fake):
    fake.listed = (*fake.listed, certificate("platform", ec.generate_private_key(ec.SECP256R1())))


@pytest.mark.parametrize(("bend", "kind"), [
    (stranger_signs, UnknownSigner), (another_key_under_its_name, ProtocolViolation), (ended_one_signs, ProtocolViolation),
    (one_of_tomorrow_signs, ProtocolViolation), (sealed_with_another_key, ProtocolViolation),
    (another_serial, ProtocolViolation), (no_certificate, ProtocolViolation), (of_another_kind, ProtocolViolation),
])  # fmt: skip
def test_each_way_in_which_wechat_s_list_is_refused(bend, kind):
    fake = Handed(platform())
    bend(fake)
    with pytest.raises(kind):
        adapter(fake, Kept()).certificates()


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"data":{}}', b'{"data":[1]}', b'{"data":[{"serial_no":"5A"}]}', b"no"]
)
def test_a_list_of_wechat_that_is_none_is_refused(body):
    fake = Handed(platform())
    fake.answer = lambda *_: (200, fake.signed_headers(body, key=NEW, serial=fake.serial), body)
    with pytest.raises(ProtocolViolation):
        adapter(fake, Kept()).certificates()


def test_what_was_fetched_verifies_answers_and_notices_and_what_was_not_is_told_apart():
    pem = platform()
    fake, known = FakeWeChat(), Kept(pem, name=serial_of)
    fake.say = fake.signed_headers
    fake.signed_headers = lambda body, key=None, stamp=None, serial=None: fake.say(body, NEW, stamp, serial_of(pem))
    fake.book[NUMBER] = Trade(1, "paid")
    shop = adapter(fake, known)
    assert shop.query(ref()).status == "PAID"
    assert shop.parse_notify(fake.notice(NUMBER)).payment.status == "PAID"
    stranger = adapter(fake, Kept())
    with pytest.raises(UnknownSigner, match=serial_of(pem)):
        stranger.query(ref())
    with pytest.raises(SignatureInvalid):
        stranger.parse_notify(fake.notice(NUMBER))


# ---- Alipay ---------------------------------------------------------------------------------------------------------
ROOT = fresh_key("alipay root")


def alipays(key=NEW, days=(-1, 365), issuer="Alipay Root", by=ROOT, organisation="Test Fake"):
    return certificate("alipay", key, issuer, by, days=days, organisation=organisation, above="Test Fake")


class Rotated(FakeAlipay):
    """A counter that signs with another certificate, and hands it out by its name."""

    def __init__(self, new=None, handed=None):
        super().__init__("cert")
        self.asked = []
        if new is not None:
            self.own_cert, self.platform = new, NEW
        self.handed = handed or self.own_cert

    def _work(self, call, asked):
        if call != "alipay.open.app.alipaycert.download":
            return super()._work(call, asked)
        self.asked.append(asked["alipay_cert_sn"])
        content = self.handed if isinstance(self.handed, str) else "".join(self.handed)
        return {"code": "10000", "msg": "Success", "alipay_cert_content": base64.b64encode(content.encode()).decode()}


def test_while_alipay_signs_with_what_is_known_nothing_is_downloaded():
    fake = Rotated()
    (found,) = adapter(fake, Kept()).certificates()
    assert (found.serial, found.pem) == (certificate_sn(fake.own_cert), fake.own_cert)
    assert fake.asked == [found.serial]
    assert adapter(FakeAlipay(), Kept()).certificates() is None


def test_alipay_s_new_certificate_is_downloaded_by_its_name_and_proven():
    new = alipays()
    fake = Rotated(new)
    (found,) = adapter(fake, Kept()).certificates()
    assert (found.serial, found.pem, found.ends) == (certificate_sn(new), new.strip(), NOW + timedelta(days=365))
    assert fake.asked == [certificate_sn(fake.config["alipay_cert"]), certificate_sn(new)]


def test_a_way_over_a_certificate_between_leads_to_the_root():
    middle = fresh_key("middle")
    between = certificate("Middle", middle, "Alipay Root", ROOT, issues=True)
    leaf = alipays(issuer="Middle", by=middle)
    (found,) = adapter(Rotated(leaf, (leaf, between)), Kept()).certificates()
    assert found.pem == leaf.strip()


def over(between_days=(-1, 9), *, issues):
    middle = fresh_key("middle")
    leaf = alipays(issuer="Middle", by=middle)
    return leaf, (leaf, certificate("Middle", middle, "Alipay Root", ROOT, days=between_days, issues=issues))


@pytest.mark.parametrize(("new", "handed"), [
    (alipays(by=OTHER), None),  # a root of the same name
    (alipays(issuer="Else", by=OTHER), None), (alipays(issuer="Else"), None),
    (alipays(days=(-9, -1)), None), (alipays(days=(1, 9)), None),
    (alipays(organisation="A Merchant"), None),  # merchants stand under the same root
    (alipays(), alipays()),  # another one than was named
    (alipays(OTHER), None),  # not the one that signed
    over(issues=False), over(issues=None), over((-9, -1), issues=True), over((1, 9), issues=True),
    (alipays(), "no certificate"), (alipays(), "\u00e9"),
])  # fmt: skip
def test_each_way_in_which_a_certificate_of_alipay_is_refused(new, handed):
    with pytest.raises(ProtocolViolation):
        adapter(Rotated(new, handed), Kept()).certificates()


def test_a_root_that_has_ended_proves_nothing():
    root = certificate("Alipay Root", ROOT, days=(-9, -1))
    fake = Rotated(alipays())
    fake.root_cert = root
    with pytest.raises(ProtocolViolation):
        adapter(fake, Kept(), alipay_root_cert=root).certificates()


def test_a_download_that_is_refused_or_unsigned_is_trouble():
    for fault in ("code:40004:isv.cert-not-found", "unsigned", "forged"):
        fake = Rotated(alipays())
        fake.fault = fault
        with pytest.raises(ProviderError):
            adapter(fake, Kept()).certificates()


def test_an_answer_under_alipay_s_new_certificate_counts_once_it_was_fetched():
    new = alipays()
    fake = Rotated(new)
    fake.book[NUMBER] = Trade(1, "paid")
    with pytest.raises(UnknownSigner, match=certificate_sn(new)):
        adapter(fake, Kept()).query(ref())
    assert adapter(fake, Kept(new)).query(ref()).status == "PAID"


@pytest.mark.parametrize("kept", [Kept(alipays()), Kept(later=[alipays()])])
def test_a_notice_under_alipay_s_new_certificate_counts_once_it_was_fetched(kept):
    fake = Rotated(alipays())
    fake.book[NUMBER] = Trade(1, "paid")
    with pytest.raises(SignatureInvalid):
        adapter(fake, Kept()).parse_notify(fake.notice(NUMBER))
    assert adapter(fake, kept).parse_notify(fake.notice(NUMBER)).payment.status == "PAID"
    with pytest.raises(SignatureInvalid):
        adapter(fake, kept).parse_notify(fake.stranger(NUMBER))


def test_by_a_key_given_by_hand_nothing_is_looked_for():
    fake = FakeAlipay()
    fake.book[NUMBER] = Trade(1, "paid")
    shop = adapter(fake, None)  # would fail if it were asked
    assert shop.parse_notify(fake.notice(NUMBER)).payment.status == "PAID"
    with pytest.raises(SignatureInvalid):
        shop.parse_notify(fake.stranger(NUMBER))


# ---- dates ----------------------------------------------------------------------------------------------------------
def test_a_certificate_counts_from_its_first_second_to_its_last_and_a_bare_key_always():
    pem = certificate("any", NEW, days=(0, 1))
    seconds = {-1: False, 0: True, 86400: True, 86401: False}
    assert {at: counts(pem, NOW + timedelta(seconds=at)) for at in seconds} == seconds
    assert counts(FakeWeChat().config["platform_keys"]["PUB_KEY_ID_0116000000000000000000000000000001"], NOW)


def test_what_the_contract_holds_counts_within_its_dates_only():
    for fake in (FakeWeChat(), FakeAlipay("cert")):
        shop = Shop(fake).paid()
        notice = fake.notice(NUMBER)
        if fake.name == "wechat":
            headers = fake.signed_headers(
                notice.body, fake.old_platform, NOW.timestamp() + 400 * 86400, fake.old_serial
            )
            notice = RawNotify(headers, notice.body)
            shop.clock.advance(timedelta(days=400))
        else:
            assert shop.adapter.parse_notify(notice).payment.status == "PAID"
            shop.clock.advance(timedelta(days=400))
        with pytest.raises(SignatureInvalid):
            shop.adapter.parse_notify(notice)


def test_the_ends_of_what_only_a_person_can_renew_are_told():
    ends = NOW + timedelta(days=365)
    assert adapter(FakeUnionPay(), Kept()).own_ends() == [ends] * 3
    assert adapter(FakeAlipay("cert"), Kept()).own_ends() == [ends]
    assert adapter(FakeAlipay(), Kept()).own_ends() == adapter(FakeWeChat(), Kept()).own_ends() == []
    assert adapter(FakeUnionPay(), Kept()).certificates() is None


@pytest.mark.parametrize("name", ["alipay_cert", "app_cert", "alipay_root_cert"])
def test_a_contract_by_certificates_names_them_all(name):
    fake = FakeAlipay("cert")
    del fake.config[name]
    with pytest.raises(KeyError):
        adapter(fake, Kept())


def test_a_certificate_is_issued_by_whose_name_and_key_are_on_it():
    root = certificate("Root", ROOT)
    elliptic, edwards = ec.generate_private_key(ec.SECP256R1()), ed25519.Ed25519PrivateKey.generate()
    by_edwards = (
        x509.CertificateBuilder()
        .subject_name(x509_of(root).subject)
        .issuer_name(x509_of(root).subject)
        .public_key(NEW.public_key())
        .serial_number(7)
        .not_valid_before(NOW)
        .not_valid_after(NOW + timedelta(days=1))
        .sign(edwards, None)
    )
    assert issued(x509_of(certificate("leaf", NEW, "Root", ROOT)), x509_of(root))
    assert not issued(x509_of(certificate("leaf", NEW, "Root", OTHER)), x509_of(root))
    assert not issued(x509_of(certificate("leaf", NEW, "Else", ROOT)), x509_of(root))
    assert not issued(x509_of(certificate("leaf", NEW, "Root", elliptic)), x509_of(certificate("Root", elliptic)))
    assert not issued(by_edwards, x509_of(root))


def x509_of(pem):
    return x509.load_pem_x509_certificate(pem.encode())

"""E-mail: the letter, TLS in both ways or nothing, and no waiting beyond what an API call has."""

from __future__ import annotations

import pytest

from chalicelib.records.messages.channels.mail import adapter as mail
from chalicelib.records.messages.channels.port import AddressRefused, ChannelSilent, Misconfigured
from chalicelib.runtime import world
from tests.fakes.messages import post_office
from tests.fakes.messages.post_office import PostOffice, certificate_file
from tests.records.messages.conftest import message


@pytest.fixture
def office(tmp_path):
    """office(tls) opens a mail server that speaks TLS so."""
    opened = []

    def open_(tls):
        opened.append(PostOffice(tls, certificate_file(tmp_path)))
        return opened[-1]

    yield open_
    for one in opened:
        one.close()


@pytest.fixture
def trusted(tmp_path, monkeypatch):
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate_file(tmp_path)))


@pytest.mark.parametrize(("language", "words"), [("zh", "集市验证码"), ("en", "Your Jishi code")])
def test_a_letter_says_who_writes_about_what_and_asks_for_no_answer(clock, told, post, language, words):
    told({"messages/mail": post.document})
    mail.deliver(message("email", language=language)._replace(text="验证码 428913\n.\n..end"))
    ((sender, to, letter),) = post.letters
    assert sender.lower().startswith("mail from:<shop@post.example>")  # Pythons differ in the letters' size
    assert to.lower() == "rcpt to:<canary.bird@example.com>"
    assert (letter["From"], letter["To"]) == ("集市 <shop@post.example>", "canary.bird@example.com")
    assert (letter["Subject"], letter["Content-Language"], letter["Auto-Submitted"]) == (
        words,
        language,
        "auto-generated",
    )
    assert letter["Date"].datetime == clock.now()
    assert letter["Message-ID"].endswith("@post.example>")
    assert letter.get_content().splitlines() == ["验证码 428913", ".", "..end"]
    assert post.name == "post.example", "this machine's name is not looked up"
    post.close()
    assert post.commands[-1] == "QUIT"


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_letter_goes_under_tls_to_a_server_that_is_known(clock, told, office, trusted, tls):
    at = office(tls)
    told({"messages/mail": at.document})
    mail.deliver(message("email"))
    assert len(at.letters) == 1


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_a_server_that_cannot_prove_its_name_gets_nothing(clock, told, office, tls):
    at = office(tls)
    told({"messages/mail": at.document})
    with pytest.raises(Misconfigured, match="SSLCertVerificationError"):
        mail.deliver(message("email"))
    assert not [said for said in at.commands if said.split()[0] not in ("ehlo", "STARTTLS")]


@pytest.mark.parametrize("reply", [None, "454 not now", "502 never"])
def test_a_server_without_tls_gets_neither_password_nor_letter(clock, told, office, reply):
    at = office("none" if reply is None else "starttls")
    at.faults["STARTTLS"] = reply
    told({"messages/mail": {**at.document, "tls": "starttls"}})
    with pytest.raises((Misconfigured, mail.ChannelThrottled)):
        mail.deliver(message("email"))
    assert not [said for said in at.commands if said.split()[0].lower() not in ("ehlo", "starttls")]


@pytest.mark.parametrize(("port", "tls"), [(465, "implicit"), (994, "implicit"), (587, "starttls"), (25, "starttls")])
def test_the_port_says_how_tls_begins(post, port, tls):
    document = {key: value for key, value in post.document.items() if key != "tls"}
    assert mail.MailContract.of({**document, "port": port}).tls == tls
    assert mail.MailContract.of({**document, "port": str(port)}).tls == tls


@pytest.mark.parametrize(
    ("stage", "host", "tls"),
    [("prod", "127.0.0.1", "none"), ("local", "mail.example.com", "none"), ("local", "127.0.0.1", "maybe")],
)
def test_in_clear_goes_only_what_stays_on_a_local_shops_machine(monkeypatch, post, stage, host, tls):
    monkeypatch.setenv("JISHI_STAGE", stage)
    with pytest.raises(Misconfigured, match="tls"):
        mail.MailContract.of({**post.document, "host": host, "tls": tls})


@pytest.mark.parametrize("field", ["host", "port", "user", "password", "sender"])
def test_a_contract_without_one_of_its_fields_is_none(post, field):
    with pytest.raises(Misconfigured, match="messages/mail"):
        mail.MailContract.of({key: value for key, value in post.document.items() if key != field})


def test_a_contract_without_a_senders_address_is_none(post):
    with pytest.raises(Misconfigured, match="sender"):
        mail.MailContract.of({**post.document, "sender": "集市"})


def test_where_nobody_signs_in_no_password_is_said(clock, told, post):
    told({"messages/mail": {**post.document, "user": ""}})
    mail.deliver(message("email"))
    assert len(post.letters) == 1
    assert not [said for said in post.commands if said.startswith("AUTH")]


def test_a_contract_is_never_printed(post):
    assert post_office.PASSWORD not in repr(mail.MailContract.of(post.document))


@pytest.mark.parametrize("step", ["hello", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", "."])
def test_a_server_that_falls_silent_is_not_waited_for(clock, told, post, step):
    told({"messages/mail": post.document})
    post.faults[step] = post_office.HANG
    with pytest.raises(ChannelSilent):
        mail.deliver(message("email"), step_seconds=0.1)


def test_all_steps_together_have_an_end(clock, told, post):
    told({"messages/mail": post.document})
    seconds = iter(range(0, 1000, 5))
    world.current().elapsed = lambda: float(next(seconds))
    with pytest.raises(ChannelSilent, match="TimeoutError"):
        mail.deliver(message("email"))
    assert not post.letters


def test_nobody_listens_and_that_is_no_answer(clock, told, post):
    told({"messages/mail": {**post.document, "port": 1}})
    with pytest.raises(ChannelSilent, match="ConnectionRefusedError"):
        mail.deliver(message("email"))


@pytest.mark.parametrize(
    "address",
    [
        "欧阳@example.com",
        "a@example.com\r\nBcc: b@example.com",
        "n0:victim@mail.example",
        "<victim@mail.example>",
        "a b@c.example",
        "victim@mail.example,b@c.example",
        "N <victim@mail.example>",
        "vic(tim)tim@mail.example",
        "nobody",
        "",
        "a@b.example\n",
    ],
)
def test_an_address_that_goes_on_the_envelope_as_another_is_not_tried(clock, told, post, address):
    told({"messages/mail": post.document})
    with pytest.raises(AddressRefused) as trouble:
        mail.deliver(message("email")._replace(address=address))
    assert str(trouble.value) == "address"
    assert not post.commands


def test_a_waiting_time_stays_within_what_the_api_has():
    assert mail.STEP_SECONDS <= 5
    assert mail.WHOLE_SECONDS + 2 * mail.STEP_SECONDS < 29

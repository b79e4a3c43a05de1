"""A new data key reaches what somebody said with their orders, too."""

from __future__ import annotations

import pytest

from chalicelib.processes.privacy.service import resealing
from chalicelib.records.identity.accounts.service import accounts
from chalicelib.records.orders import service as orders
from chalicelib.runtime import vault
from chalicelib.runtime.vault import SealedDataUnreadable
from tests.support import people


@pytest.fixture
def placed(counter):
    said = ({"remark": f"No. {n}"} if n < 2 else {} for n in range(3))
    return [counter.place(counter.quote((0, 1)), **more).json["order_id"] for more in said]


def remarks(counter, placed):
    vault.forget()
    return [counter.ask("GET", f"/v1/orders/{one}").json["remark"] for one in placed]


def test_a_customer_reads_their_remarks_while_it_goes_on_and_after(counter, placed, monkeypatch):
    monkeypatch.setattr(resealing.reseal, "__defaults__", (2,))  # rows in a stretch
    who = counter.ask("GET", "/v1/me").json["user_id"]
    before, admin = accounts.keys_of(who), people.member(counter.front, "admin", fresh=True)
    assert counter.front.post(f"/v1/admin/users/{who}/data-key", token=admin.token).status == 204
    assert remarks(counter, placed) == ["No. 0", "No. 1", None]

    counter.bus.run(times=2)

    assert remarks(counter, placed) == ["No. 0", "No. 1", None]
    assert len(accounts.keys_of(who)) == 1
    with pytest.raises(SealedDataUnreadable):
        orders.own_remark(orders.find(placed[0]), before)


def test_an_order_whose_texts_do_not_open_just_now_is_shown_without_them(counter, placed, monkeypatch):
    monkeypatch.setenv("PERSONAL_KEY", "no-such-key")
    vault.forget()
    shown = counter.ask("GET", f"/v1/orders/{placed[0]}")
    assert (shown.status, shown.json["remark"], shown.json["delivery"]) == (200, None, None)
    assert shown.json["state"] == "placed"

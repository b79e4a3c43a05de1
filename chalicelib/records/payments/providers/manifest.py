"""What a provider says of itself before anybody speaks to it: its manifest, plain data that every function may import.

The shop's lists of providers, methods, notice addresses, alarms, documents and words are read from the manifests; what
signs, calls and reads is its adapter, which is imported when the provider is first spoken to.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from chalicelib.kernel.credentials import Credential

Terminal = Literal["pc", "h5", "wechat", "mini", "app"]
Need = Literal["payer", "client_ip"]
Front = Literal["", "official", "mini", "app"]
FRONTS: tuple[Front, ...] = ("official", "mini", "app")  # those that a provider may give an appid of their own
NextActionKind = Literal["qr", "redirect", "form", "client"]
NoticeOf = Literal["pay", "refund"]
JSON, FORM = "application/json", "application/x-www-form-urlencoded"


class PaymentMethod(NamedTuple):
    """A way to pay by a provider, on which terminals, and what it hands over to them.

    `call` is the provider's own name of the operation, `code` what it wants to be told beside it. `front` is where the
    payer stands, for a provider that gives each front an appid and each payer an open id a front. `local`: what is handed
    over is a text that we sign ourselves, without a call. `tells`: the field of the contract with which its provider is told
    what was sent, where it keeps the money until it knows; its adapter is a `port.ShippingListener`, too.
    """

    name: str
    zh: str
    en: str
    terminals: tuple[Terminal, ...]
    next_action: NextActionKind
    call: str
    code: str = ""
    needs: tuple[Need, ...] = ()
    front: Front = ""
    local: bool = False
    tells: str = ""
    provider: str = ""  # said by the table that the manifest stands in


class Provider(NamedTuple):
    """The manifest of a provider. `name` is its word in rows, addresses and facts.

    `adapter` is `module:class` in its own package; `credentials` are the fields of the secret `payments/<name>`; `webhooks`
    are the notices that it sends, each with the kind of body it has. `fetches` is whether it hands out the certificates
    that it signs with; `login` the way of signing in that tells a payer's open id, and the front that the id belongs to.
    """

    name: str
    zh: str
    en: str
    adapter: str
    credentials: tuple[Credential, ...]
    methods: tuple[PaymentMethod, ...]
    webhooks: Mapping[NoticeOf, str]
    fetches: bool = False
    login: tuple[str, Front] | None = None

"""Toy Pay: a provider that exists only in a test."""

from chalicelib.kernel.credentials import Credential

from ..manifest import JSON, PaymentMethod, Provider

PROVIDER = Provider(
    "toy", "玩具支付", "Toy Pay", "adapter:Toy",
    credentials=(
        Credential("base_url", "https://toy.example"),
        Credential("merchant", "the merchant's number"),
        Credential("private_key", "the merchant's private key, PEM"),
        Credential("toy_key", "Toy Pay's public key, PEM"),
    ),
    methods=(PaymentMethod("tin", "铁皮盒", "tin box", ("pc",), "qr", "open"),),
    webhooks={"pay": JSON, "refund": JSON},
)  # fmt: skip

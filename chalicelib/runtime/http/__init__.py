"""The front door: typed endpoints, callers and permits, problem+json, OpenAPI."""

from .app import App
from .endpoint import FIRST, OPERATIONS, PUBLIC, SIGNED, TOKEN, Operation, Raw, Request, endpoint, use_identity
from .shapes import Amount, Body, Instant, MaybePersonal, Page, Personal, Query, Secret, Url, View, amount, one_of

__all__ = [
    "FIRST", "OPERATIONS", "PUBLIC", "SIGNED", "TOKEN", "Amount", "App", "Body", "Instant", "MaybePersonal", "Operation",
    "Page", "Personal", "Query", "Raw", "Request", "Secret", "Url", "View", "amount", "endpoint", "one_of", "use_identity",
]  # fmt: skip

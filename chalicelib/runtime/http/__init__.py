"""The front door: typed endpoints, callers and permits, problem+json, OpenAPI."""

from .app import App
from .endpoint import FIRST, OPERATIONS, PUBLIC, SIGNED, TOKEN, Operation, Raw, Request, endpoint, use_identity
from .shapes import Amount, Body, MaybePersonal, Page, Personal, Query, Secret, View, amount

__all__ = [
    "FIRST", "OPERATIONS", "PUBLIC", "SIGNED", "TOKEN", "Amount", "App", "Body", "MaybePersonal", "Operation", "Page",
    "Personal", "Query", "Raw", "Request", "Secret", "View", "amount", "endpoint", "use_identity",
]  # fmt: skip

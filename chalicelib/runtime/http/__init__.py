"""The front door: typed endpoints, callers and permits, problem+json, OpenAPI."""

from .app import App
from .endpoint import OPERATIONS, PUBLIC, SIGNED, Operation, Raw, Request, endpoint, use_identity
from .shapes import Amount, Body, MaybePersonal, Page, Personal, Query, Secret, View, amount

__all__ = [
    "OPERATIONS", "PUBLIC", "SIGNED", "Amount", "App", "Body", "MaybePersonal", "Operation", "Page", "Personal", "Query", "Raw",
    "Request", "Secret", "View", "amount", "endpoint", "use_identity",
]  # fmt: skip

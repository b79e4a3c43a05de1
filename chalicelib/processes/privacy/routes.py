"""The way to one's own data."""

from typing import Annotated, Any

from chalice.app import Blueprint

from chalicelib.kernel.clock import iso
from chalicelib.records.identity.rules import FreshCodeNeeded, UserUnknown
from chalicelib.runtime.http import View, endpoint
from chalicelib.runtime.http.shapes import PERSONAL
from chalicelib.runtime.vault import VaultClosed
from chalicelib.runtime.work import Work

from . import service

bp = Blueprint(__name__)


class DataExport(View):
    """All that the shop holds of you, by section; machine-readable, to take along."""

    made_at: str
    sections: Annotated[dict[str, Any], PERSONAL]


@endpoint(
    bp, "POST", "/v1/me/data-exports", permit="me:read", key="none", limit="export",
    errors=(UserUnknown, FreshCodeNeeded, VaultClosed),
)  # fmt: skip
def export_my_data(work: Work) -> DataExport:
    """Take your data along, complete and machine-readable; by a fresh code (`/v1/auth/step-up`) where you have a contact."""
    return DataExport(made_at=iso(work.now), sections=service.export(work))

"""What payments do by themselves: keep the certificates that their providers sign with.

WeChat Pay asks to look every twelve hours at least; half of that, so that one look may fail.
"""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.runtime.work import Work
from chalicelib.runtime.workers import scheduled

from .service.certificates import renew_all

bp = Blueprint(__name__)


@scheduled(bp, "rate(6 hours)", "payment_certificates")
def renew_certificates(work: Work) -> None:
    """Fetch what the providers sign with now."""
    renew_all(work)

"""Payments' use cases: attempts, refunds, exceptions, and the calls to providers."""

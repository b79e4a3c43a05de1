"""Payments: attempts, refunds, their providers, and the exceptions a person must look at."""

"""Tickets: what customers ask the shop's people, what is answered by when, and the consultations that an order brings."""

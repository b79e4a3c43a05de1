"""Notifying: tell customers about their money, and owners about their accounts."""

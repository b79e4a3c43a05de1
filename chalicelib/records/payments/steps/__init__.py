"""What changes attempts, refunds and exceptions, described."""

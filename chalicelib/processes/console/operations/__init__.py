"""The engine room: queues, dead letters, and facts that are told once more."""

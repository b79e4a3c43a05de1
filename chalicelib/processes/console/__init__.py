"""The console: what operators see and turn. Composes records; owns the switches."""

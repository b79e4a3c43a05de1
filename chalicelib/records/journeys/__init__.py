"""Journeys: what is done for people at a moment, as data in versions, and who is under way in which."""

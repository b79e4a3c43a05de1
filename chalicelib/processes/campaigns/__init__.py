"""Campaigns: people are met at the right moment, once an occasion: journeys as data, driven by who is due."""

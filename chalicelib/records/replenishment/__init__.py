"""Replenishment: what a shelf sells, how much of it should lie there, and when somebody must be told.

A shelf is a SKU at a location, as inventory's places are.
"""

"""Aftercare: what an order brings beyond its goods, whom the shop accompanies after delivery, and what it learns of that."""

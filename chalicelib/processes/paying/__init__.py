"""Paying: start, poll and settle payments of orders, take providers' notices, decide exceptions about money."""

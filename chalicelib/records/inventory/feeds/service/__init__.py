"""Feeds' use cases: who may tell (sources), what comes in (intake), what it changes (counts), what is shown (ledger)."""

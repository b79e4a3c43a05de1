"""The demonstration shop: what it sells (`goods`), how that looks (`draw`, `motifs`) and the tour through it (`tour`)."""

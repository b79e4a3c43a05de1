"""Changes that one person may not make alone: proposed by one, agreed to or declined by another."""

"""The lane of those who are met: it alone sends and grants."""

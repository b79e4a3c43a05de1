"""Stock-takes: people count what lies there, and what differs is put right or put before a second person."""

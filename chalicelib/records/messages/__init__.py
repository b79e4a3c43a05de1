"""Messages to people. A channel is one file; `local` keeps everything in an outbox that a page shows."""

"""Pages for people: the console, the documents, where a browser lands after paying, a local shop's outbox."""

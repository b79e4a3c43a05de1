"""What an operation costs: round trips, capacity units, CPU, and money a month."""

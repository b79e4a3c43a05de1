"""What becomes of each message to a person: taken up once, judged when it is sent, and kept with its reason."""

"""Season plans, composed of what sold, what lies there, what it costs, and a second person's agreement."""

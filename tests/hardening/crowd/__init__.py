"""Many people at once: planners, expanders and senders who die, come twice and race, and what each person has in the end."""

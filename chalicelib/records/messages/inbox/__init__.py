"""The inbox: what somebody reads in the shop itself."""

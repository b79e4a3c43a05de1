"""A document that tells what was read of it."""

from collections import UserDict


class Reading(UserDict):
    """A document that tells what was read of it."""

    def __init__(self, given):
        super().__init__(given)
        self.names = set()

    def __getitem__(self, name):
        self.names.add(name)
        return self.data[name]

    def get(self, name, default=None):
        self.names.add(name)
        return self.data.get(name, default)

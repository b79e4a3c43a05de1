"""The other sides of warehouses' systems, written from their documents."""

from tests.fakes.warehouses.jushuitan import FakeJushuitan

FAKES = {"jushuitan": FakeJushuitan}

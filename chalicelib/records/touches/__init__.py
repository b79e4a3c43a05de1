"""Touches: when somebody is to be looked at again, by day and shard, so that nobody is searched for."""

"""The words everyone speaks: money, ids, time, errors, facts, quotes, states. Pure Python; imports nothing of ours."""

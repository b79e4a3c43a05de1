"""The shop on one machine: a local engine in place of AWS, and a runner that attaches the handlers to it."""

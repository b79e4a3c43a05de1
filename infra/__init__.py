"""The infrastructure: one yaml file a context, what the code's own registries imply, and the build that merges both."""

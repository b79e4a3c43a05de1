"""Posts to groups at WeCom: what became of a task, taking it back, who is in a group, and what WeCom tells of groups."""

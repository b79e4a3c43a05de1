"""Files: what a source tells of many SKUs at once, compared with what lies there before it is taken."""

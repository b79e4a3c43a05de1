"""Use cases of offers: setting up, what the law allows, trying out."""

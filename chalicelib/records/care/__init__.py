"""Care after the sale: what is planned for which goods, whom it accompanies, what they say of it, and what is improved."""

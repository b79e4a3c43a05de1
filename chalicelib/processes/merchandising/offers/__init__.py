"""Setting up offers: what promotions keeps, pricing understands, and the catalogue and the law allow."""

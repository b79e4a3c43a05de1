"""Setting up coupons: templates whose document pricing understands, codes and grants, and what became of them."""

"""What a customer keeps from others without having paid: how much, and what happens to who does it again and again."""

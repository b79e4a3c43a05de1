"""Fulfilment: paid pieces leave the stock in parcels, carriers bring them, and the order follows what is heard of them."""

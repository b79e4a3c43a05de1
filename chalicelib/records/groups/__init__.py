"""Groups (社群): customers who talk with the shop in a group of WeCom or WeChat, what is posted there, and what came of it."""

"""Care: what becomes of people's wishes and questions before and after they buy."""

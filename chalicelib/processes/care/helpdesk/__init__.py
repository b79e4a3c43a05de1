"""The helpdesk: customers ask, the shop's people answer; whose a ticket is follows from who the customer is and who is there."""

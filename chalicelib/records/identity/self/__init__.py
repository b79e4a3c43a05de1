"""What a person does with their own account: change it, take it along, have it forgotten."""

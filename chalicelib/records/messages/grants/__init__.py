"""What customers agreed to in the mini program: each grant is one message by one template, spent with its claim."""

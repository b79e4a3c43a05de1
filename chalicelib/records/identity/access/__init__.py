"""How a person shows who they are: codes, passwords, second factors, sessions, tokens, and the gates before them."""

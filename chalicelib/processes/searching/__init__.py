"""What can be found: what can be bought is put into the search index, as it stands, and what cannot is taken out."""

"""What an article is called, wherever one is shown; apart, since it is needed where nothing else of the catalogue is."""

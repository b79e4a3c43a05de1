"""Care after the sale, by itself."""

"""What `explain` writes: its page and its files."""

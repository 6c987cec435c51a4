"""What coordination costs, in every format."""

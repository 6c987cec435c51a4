"""Where nodes live. One folder a place; a lab sees only the `Place` protocol of `places.place`."""

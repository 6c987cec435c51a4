"""One file a format: a module (or package) here with a `FORMAT` is a format, and there is no other list."""

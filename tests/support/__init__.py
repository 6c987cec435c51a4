"""What several test files use: servers, generators, runs made up from known numbers, and programs that misbehave."""

"""Where nodes live. One folder a place; a lab sees only the `Testbed` protocol of `testbeds.testbed`."""

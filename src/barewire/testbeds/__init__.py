"""Where nodes are: one folder per testbed. A lab sees only the `Testbed` protocol of `testbeds.testbed`."""

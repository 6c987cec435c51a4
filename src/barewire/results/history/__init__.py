"""Many runs in time order: series of one machine and plan, and change points in them."""

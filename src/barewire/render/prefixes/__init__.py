"""The plan of a topology of prefixes (`barewire networks plan`): its tree, the routes that it needs, and the room left."""

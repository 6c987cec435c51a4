"""The Container Network Interface as data: configurations, what a plugin is given, and what it answers. Nothing is run here.

The format is that of the CNI specification, versions 0.3.0 to 1.1.0 (https://www.cni.dev/docs/spec/).
"""

"""Paths between addresses that exist already: nothing is built, and nothing of any network is changed."""

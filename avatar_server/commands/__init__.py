"""The command line's verbs, one a module."""

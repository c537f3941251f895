"""The version of the package, which files of networks have too."""

__version__ = "0.1.0"

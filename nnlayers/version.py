"""The version of the package, which files of networks have too."""

__version__ = "0.2.0"

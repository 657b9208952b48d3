"""One module for each parser."""

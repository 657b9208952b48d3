"""Data planes: protocols spoken to the world.  They know nothing of AWS, of services or of the store."""

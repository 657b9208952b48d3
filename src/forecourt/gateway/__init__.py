"""HTTP to operation and back.  Read app.py first."""

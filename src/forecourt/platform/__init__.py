"""What several services stand on, none of it an AWS API."""

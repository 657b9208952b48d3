"""What AWS says: botocore's models, modelled errors, ARNs."""

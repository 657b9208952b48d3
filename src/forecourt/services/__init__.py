"""AWS's services, a folder each: operations do one transaction, reconcilers carry state across."""

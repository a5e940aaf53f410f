"""What the documents of the repository say is what the code says."""

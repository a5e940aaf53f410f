"""The published archive: an interrupted download resumes, and the file arrives complete or not at all."""

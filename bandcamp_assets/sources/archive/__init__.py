"""The published archive: an interrupted download goes on where it stopped, and ends whole or not at all."""

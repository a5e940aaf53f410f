"""What a delivered file is: its name, how it is packed, and its bytes as a stream."""

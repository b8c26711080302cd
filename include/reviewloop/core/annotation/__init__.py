"""Reviews whose sentiment a person is asked: which ones, what a file of answers says, and which label comes of the answers."""

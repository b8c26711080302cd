"""What a drift leads to: days vote, votes are believed together, and a retraining asks for more than that."""

"""The book of alerts in the lake, and what it is to hold."""

"""What kind of drift a day shows: who writes, what they write, how the champion answers, or how it is rated."""

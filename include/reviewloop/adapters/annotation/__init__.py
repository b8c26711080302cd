"""What people are asked to label, and what they answered: queues among the reports, answers in the ledger, files in the inbox."""

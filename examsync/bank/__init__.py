"""Questions, and the papers made of them. Service for others: `examsync.bank.service`."""

"""Who may come in and what they may do: tokens, roles, rates, accounts. The lowest context."""

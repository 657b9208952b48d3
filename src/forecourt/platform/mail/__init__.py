"""Mail as the store has it: who has mailboxes, what lies in them, what is on its way."""

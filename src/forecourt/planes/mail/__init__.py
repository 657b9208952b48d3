"""Mail: SMTP both ways, IMAP4rev1, POP3, and what tells who a message is from."""

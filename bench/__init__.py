"""Benchmarks: one file per claim, us and the peers side by side, with the ratio.

    python -m bench.dns    name servers beside Knot, NSD, BIND and PowerDNS, and how soon changes show
    python -m bench.api    the APIs beside ministack and moto_server
    python -m bench.smtp   mail taken durably, beside Postfix and aiosmtpd
    python -m bench.imap   mail read, beside Dovecot
    python -m bench.ses    mail sent through SES's API and SMTP, beside ministack and moto_server

What is compared is CPU time, which the kernel counts for each process: on a machine that does other
things too, wall time says little.  Everything stays on loopback, and what was started is stopped.

processes.py   CPU time, memory and cores of processes; starting and stopping them
instance.py    a Forecourt instance of its own, with a zone of any size
calls.py       API requests as boto3 writes and signs them, as raw HTTP
load.py        sends such requests over keep-alive connections
queries.py     sends DNS queries
smtp_load.py   sends mail
durable.py     what aiosmtpd is given so that it keeps mail as we do
servers.py     the peer name servers
insync.py      the time from a change to INSYNC
tables.py      prints what was found
"""

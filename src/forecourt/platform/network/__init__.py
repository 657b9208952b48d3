"""Networks: which regions and zones there are, what VPCs hold, and which real addresses belong to whom.

Services read here what EC2's operations keep:

    addresses   the ranges of `--network`, and the name servers' places in them
    zones       regions and their availability zones
    vpcs        VPCs, subnets, security groups and their rules
    interfaces  network interfaces: an address in the subnet for the API, a real one to listen on
    pools       the real addresses of VPCs and subnets
    uses        who uses what, so that nothing in use is deleted
"""

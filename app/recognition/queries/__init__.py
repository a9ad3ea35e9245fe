"""What can be asked of the ledger of hours, and of the hours that wait to be confirmed."""

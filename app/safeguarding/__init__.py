"""Who must not be sent where: clearances, do-not-pair, family ties."""
